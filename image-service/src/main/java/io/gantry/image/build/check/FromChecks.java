package io.gantry.image.build.check;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.Stage;
import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.expand.Expansion;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Checks of the base and the platform of stages. */
final class FromChecks {

    private static final String TARGET_PLATFORM = "TARGETPLATFORM";

    private final Dockerfile file;
    private final GlobalScope scope;
    private final Findings findings;
    private final Expander words;

    private FromChecks(Dockerfile file, GlobalScope scope, Findings findings) {
        this.file = file;
        this.scope = scope;
        this.findings = findings;
        this.words = Expander.ofWords(scope.escape());
    }

    static void run(Dockerfile file, GlobalScope scope, Findings findings) {
        FromChecks checks = new FromChecks(file, scope, findings);
        file.stages().stream().map(Stage::from).forEach(checks::from);
        checks.defaults();
    }

    private void from(Instruction.From from) {
        try {
            undefined(from, words.expand(from.base(), scope.variables()));
            if (from.platform().isPresent()) {
                String written = from.platform().get();
                Expansion platform = words.expand(written, scope.variables());
                undefined(from, platform);
                redundant(from, written, platform);
                constant(from, platform);
            }
        } catch (DockerfileException e) {
            throw from.origin().locate(e);
        }
    }

    private void undefined(Instruction.From from, Expansion expansion) {
        Set<String> known = new TreeSet<>(scope.declared().keySet());
        file.globalArguments()
                .forEach(arg -> arg.declarations().forEach(it -> known.add(it.name())));
        for (String name : expansion.unmatched()) {
            if (!known.contains(name)) {
                findings.add(
                        Check.UNDEFINED_ARG_IN_FROM,
                        from.origin(),
                        "FROM argument '%s' is not declared%s"
                                .formatted(name, Suggestion.didYouMean(name, known)));
            }
        }
    }

    private void redundant(Instruction.From from, String written, Expansion platform) {
        boolean isTarget =
                platform.unmatched().isEmpty()
                        && List.copyOf(platform.matched()).equals(List.of(TARGET_PLATFORM))
                        && platform.text().equals(scope.declared().get(TARGET_PLATFORM));
        if (isTarget) {
            findings.add(
                    Check.REDUNDANT_TARGET_PLATFORM,
                    from.origin(),
                    "setting platform to predefined " + written + " is redundant");
        }
    }

    /** A stage that is named after a platform means it. */
    private void constant(Instruction.From from, Expansion platform) {
        if (!platform.matched().isEmpty() || !platform.unmatched().isEmpty()) {
            return;
        }
        String[] parts = platform.text().split("/", -1);
        String name = from.name().orElse("");
        boolean meant = false;
        for (String part : parts) {
            meant |= !part.isEmpty() && name.contains(part);
        }
        if (!meant && isPlatform(parts)) {
            findings.add(
                    Check.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
                    from.origin(),
                    "FROM --platform should not use the constant \"" + platform.text() + "\"");
        }
    }

    private static boolean isPlatform(String[] parts) {
        return parts.length <= 3
                && !parts[0].isEmpty()
                && !Platform.of(parts[0], parts[parts.length - 1], "").isUnknown();
    }

    /** As if nothing had been given to the build. */
    private void defaults() {
        GlobalScope bare;
        try {
            bare =
                    GlobalScope.of(
                            file,
                            new BuildArguments(Map.of()),
                            scope.platforms(),
                            Optional.empty());
        } catch (DockerfileException _) {
            // The file is built with arguments only: whether their defaults fit says nothing.
            return;
        }
        for (Stage stage : file.stages()) {
            String base;
            try {
                base = words.expand(stage.from().base(), bare.variables()).text();
            } catch (DockerfileException _) {
                return;
            }
            if (!isName(base)) {
                findings.add(
                        Check.INVALID_DEFAULT_ARG_IN_FROM,
                        stage.from().origin(),
                        "default value for ARG %s results in empty or invalid base image name"
                                .formatted(stage.from().base()));
            }
        }
    }

    private static boolean isName(String base) {
        try {
            return !ImageReference.parse(base).repository().isEmpty();
        } catch (InvalidArgumentException _) {
            return false;
        }
    }
}
