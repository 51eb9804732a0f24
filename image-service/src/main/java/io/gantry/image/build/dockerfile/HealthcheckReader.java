package io.gantry.image.build.dockerfile;

import io.gantry.image.build.dockerfile.FlagValues.Kind;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.build.syntax.Flag;
import io.gantry.image.build.syntax.Fragment;
import io.gantry.image.build.syntax.JsonArray;
import io.gantry.image.build.syntax.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads HEALTHCHECK. */
final class HealthcheckReader {

    private static final Map<String, Kind> FLAGS =
            Map.of(
                    "interval", Kind.TEXT,
                    "timeout", Kind.TEXT,
                    "start-period", Kind.TEXT,
                    "start-interval", Kind.TEXT,
                    "retries", Kind.TEXT);

    private static final Duration SHORTEST = Duration.ofMillis(1);

    private HealthcheckReader() {}

    static Instruction read(Statement statement) {
        FlagValues flags = FlagValues.read(statement, FLAGS);
        if (statement.arguments().isEmpty()) {
            throw InstructionReader.atLeastOne(statement);
        }
        List<Fragment> cut = statement.arguments().cut();
        Fragment type = cut.get(0);
        HealthcheckSpec spec =
                switch (type.text().toUpperCase(Locale.ROOT)) {
                    case "NONE" -> none(cut.get(1));
                    case "CMD" -> command(cut.get(1), flags);
                    default ->
                            throw new DockerfileException(
                                    "unknown type \""
                                            + type.text()
                                            + "\" in HEALTHCHECK (try CMD)"
                                            + Suggestion.didYouMean(
                                                    type.text(), List.of("CMD", "NONE")),
                                    type.span());
                };
        return new Instruction.Healthcheck(spec, statement.origin());
    }

    private static HealthcheckSpec none(Fragment rest) {
        if (!rest.isEmpty()) {
            throw new DockerfileException("HEALTHCHECK NONE takes no arguments", rest.span());
        }
        return HealthcheckSpec.none();
    }

    private static HealthcheckSpec command(Fragment rest, FlagValues flags) {
        Optional<List<String>> array = JsonArray.parse(rest);
        List<String> test = new ArrayList<>();
        test.add(array.isPresent() ? "CMD" : "CMD-SHELL");
        test.addAll(array.orElse(rest.isEmpty() ? List.of() : List.of(rest.text())));
        if (test.size() == 1) {
            throw new DockerfileException("missing command after HEALTHCHECK CMD");
        }
        return new HealthcheckSpec(
                test,
                duration(flags, "interval"),
                duration(flags, "timeout"),
                duration(flags, "start-period"),
                duration(flags, "start-interval"),
                retries(flags));
    }

    private static Duration duration(FlagValues flags, String name) {
        Optional<Flag> flag = flags.find(name);
        String text = flags.text(name).orElse("");
        if (flag.isEmpty() || text.isEmpty()) {
            return Duration.ZERO;
        }
        try {
            Duration value = GoDuration.parse(text);
            if (!value.isZero() && value.compareTo(SHORTEST) < 0) {
                throw new DockerfileException("interval \"" + name + "\" cannot be less than 1ms");
            }
            return value;
        } catch (DockerfileException e) {
            throw new DockerfileException(e.reason(), flag.get().span());
        }
    }

    private static int retries(FlagValues flags) {
        String text = flags.text("retries").orElse("");
        if (text.isEmpty()) {
            return 0;
        }
        try {
            int retries = Integer.parseInt(text);
            if (retries < 0) {
                throw new DockerfileException("--retries cannot be negative (" + retries + ")");
            }
            return retries;
        } catch (NumberFormatException _) {
            throw new DockerfileException("invalid number of retries \"" + text + "\"");
        }
    }
}
