package io.gantry.image.build.check;

import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.build.stage.StageGraph;
import java.util.List;
import java.util.Optional;

/** Checks a Dockerfile. */
public final class BuildChecks {

    /** The argument of a build that goes before what the file says. */
    private static final String OPTIONS = "BUILDKIT_DOCKERFILE_CHECK";

    private BuildChecks() {}

    /**
     * All that is found, by line.
     *
     * @throws DockerfileException when the file could not be built at all
     */
    public static List<Finding> run(Dockerfile file, CheckContext context) {
        Findings findings = new Findings(options(file, context));
        GlobalScope scope =
                GlobalScope.of(file, context.arguments(), context.platforms(), context.target());
        StructureChecks.run(file, findings);
        FromChecks.run(file, scope, findings);
        StageGraph graph = StageGraph.of(file, scope, context.contexts());
        new StageChecks(graph, scope, context, findings).run();
        return findings.sorted();
    }

    /** The reason why a build with these findings fails; empty when it does not. */
    public static Optional<String> failure(List<Finding> findings) {
        List<String> names =
                findings.stream()
                        .filter(it -> it.severity() == Finding.Severity.ERROR)
                        .map(it -> it.check().ruleName())
                        .distinct()
                        .sorted()
                        .toList();
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of("lint violation found for rules: " + String.join(", ", names));
    }

    private static CheckOptions options(Dockerfile file, CheckContext context) {
        if (context.options().isPresent()) {
            return context.options().get();
        }
        Optional<String> given = context.arguments().find(OPTIONS);
        if (given.isPresent()) {
            return CheckOptions.parse(given.get());
        }
        return file.directives()
                .check()
                .map(
                        it -> {
                            try {
                                return CheckOptions.parse(it.value());
                            } catch (DockerfileException e) {
                                throw e.at(it.place(), file.source());
                            }
                        })
                .orElseGet(CheckOptions::defaults);
    }
}
