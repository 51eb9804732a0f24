package io.gantry.cri.build;

import io.gantry.image.build.api.BuildProgress.Warning;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.check.BuildChecks;
import io.gantry.image.build.check.CheckContext;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.manifest.Platform;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks for what is hardly meant in a Dockerfile, without building it. */
public final class DockerfileChecks {

    private DockerfileChecks() {}

    /**
     * The warnings, in the order of the file.
     *
     * @throws io.gantry.image.build.source.DockerfileException when it breaks the rules
     */
    public static List<Warning> of(BuildRequest request) {
        Dockerfile file = Dockerfile.parse(request.file().name(), request.file().text());
        Platform platform =
                request.platforms().isEmpty() ? Platform.host() : request.platforms().getFirst();
        CheckContext context =
                new CheckContext(
                        new BuildArguments(request.arguments()),
                        new BuildPlatforms(Platform.host(), platform),
                        request.target(),
                        new NamedContexts(Set.of()),
                        IgnoreRules.none(),
                        Optional.empty(),
                        _ -> Optional.empty());
        return BuildChecks.run(file, context).stream()
                .map(
                        it ->
                                new Warning(
                                        it.check().ruleName(),
                                        it.message(),
                                        Optional.of(it.place())))
                .toList();
    }
}
