package io.gantry.image.build.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.check.BaseImage;
import io.gantry.image.build.check.BuildChecks;
import io.gantry.image.build.check.CheckContext;
import io.gantry.image.build.check.Finding;
import io.gantry.image.build.config.ConfigDraft;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.build.stage.Source;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.util.List;
import java.util.Optional;

/** Tells what is hardly meant in a build's file, with what is known of its images and context. */
final class FileChecks {

    private final BuildRun run;

    FileChecks(BuildRun run) {
        this.run = run;
    }

    /** What is found. */
    List<Finding> tell(Dockerfile file, Platform platform) {
        CheckContext context =
                new CheckContext(
                        new BuildArguments(run.request().arguments()),
                        new BuildPlatforms(Platform.host(), platform),
                        run.request().target(),
                        new NamedContexts(run.inputs().named().keySet()),
                        run.request().file().ignored(),
                        Optional.empty(),
                        this::image);
        List<Finding> findings = BuildChecks.run(file, context);
        for (Finding each : findings) {
            run.vertices()
                    .tell(
                            new BuildProgress.Warning(
                                    each.check().ruleName(),
                                    each.message(),
                                    Optional.of(each.place())));
        }
        return findings;
    }

    /**
     * Tells what is found, too.
     *
     * @throws FailedPreconditionException when something is for which the file wants to fail
     */
    void require(Dockerfile file, Platform platform) {
        Optional<String> failure = BuildChecks.failure(tell(file, platform));
        if (failure.isPresent()) {
            throw new FailedPreconditionException(failure.get());
        }
    }

    private Optional<BaseImage> image(Source source, Platform platform) {
        return switch (source) {
            case Source.OfImage it -> image(it.reference(), platform);
            case Source.OfContext it ->
                    run.inputs().named().get(it.name()) instanceof NamedContext.OfImage image
                            ? image(image.reference(), platform)
                            : Optional.empty();
            case Source.OfStage _, Source.Scratch _ -> Optional.empty();
        };
    }

    private Optional<BaseImage> image(ImageReference reference, Platform platform) {
        BaseImages images = run.tools().images();
        return images.find(reference, platform)
                .map(it -> ConfigDraft.onImage(it.config().bytes()))
                .map(it -> new BaseImage(it.environment(), it.platform(), it.hasShell()));
    }
}
