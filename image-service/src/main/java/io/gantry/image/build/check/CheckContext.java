package io.gantry.image.build.check;

import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.build.stage.Source;
import java.util.Optional;
import java.util.function.Function;

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
        Function<Source, Optional<BaseImage>> images) {}
