package io.gantry.image.build.check;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.build.stage.Source;
import io.gantry.image.manifest.Platform;
import java.util.Optional;

/**
 * The build that a file is checked for.
 *
 * @param target name of the stage; empty: the last one
 * @param ignored the rules of the context's ignore file
 * @param options in place of the file's own; empty: those
 * @param images what is known of images and contexts; where nothing is, variables are not checked
 */
public record CheckContext(
        BuildArguments arguments,
        BuildPlatforms platforms,
        Optional<String> target,
        NamedContexts contexts,
        IgnoreRules ignored,
        Optional<CheckOptions> options,
        Images images) {

    /** What is known without asking anybody. */
    @FunctionalInterface
    public interface Images {

        /** An image, or a context that is one, as a stage for a platform begins with it. */
        Optional<BaseImage> find(Source source, Platform platform);
    }
}
