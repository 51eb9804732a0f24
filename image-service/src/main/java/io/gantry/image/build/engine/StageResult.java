package io.gantry.image.build.engine;

import io.gantry.image.build.config.ConfigDraft;
import io.gantry.image.build.stage.StageScope;
import io.gantry.image.manifest.Platform;

/**
 * What a stage came to. Its configuration and scope are not changed any more.
 *
 * @param commandSet whether the stage itself said what containers run
 */
record StageResult(
        Stack stack, ConfigDraft config, StageScope scope, Platform platform, boolean commandSet) {}
