package io.gantry.image.build.check;

import io.gantry.image.manifest.Platform;
import java.util.Map;

/**
 * What checks want to know of a base image.
 *
 * @param environment of its configuration
 * @param hasShell whether its configuration names a shell
 */
public record BaseImage(Map<String, String> environment, Platform platform, boolean hasShell) {

    public BaseImage {
        environment = Map.copyOf(environment);
    }
}
