package io.gantry.image.build.stage;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.manifest.Platform;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The platforms of a build.
 *
 * @param build that commands can be executed on
 * @param target that the image is for
 */
public record BuildPlatforms(Platform build, Platform target) {

    private static final Set<String> SYSTEMS =
            Set.of("linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "wasi");

    /** What is predefined before the first stage, in order. */
    SequencedMap<String, String> arguments() {
        SequencedMap<String, String> values = new LinkedHashMap<>();
        put(values, "BUILD", build);
        put(values, "TARGET", target);
        return values;
    }

    private static void put(SequencedMap<String, String> values, String prefix, Platform platform) {
        values.put(prefix + "PLATFORM", platform.toString());
        values.put(prefix + "OS", platform.os());
        values.put(prefix + "OSVERSION", platform.osVersion());
        values.put(prefix + "ARCH", platform.architecture());
        values.put(prefix + "VARIANT", platform.variant());
    }

    /**
     * Reads a platform as users write it: {@code linux/arm64/v8}, or a system or an architecture
     * alone, the rest being that of the target.
     *
     * @throws DockerfileException when it is none
     */
    Platform parse(String text) {
        String[] parts = text.split("/", -1);
        boolean wellFormed = parts.length <= 3;
        for (String part : parts) {
            wellFormed &= !part.isEmpty() && part.chars().allMatch(BuildPlatforms::isOfName);
        }
        if (!wellFormed) {
            throw new DockerfileException(
                    "invalid platform \"" + text + "\": expected as in linux/arm64");
        }
        if (parts.length > 1) {
            return Platform.of(parts[0], parts[1], parts.length == 3 ? parts[2] : "");
        }
        return SYSTEMS.contains(parts[0])
                ? Platform.of(parts[0], target.architecture(), target.variant())
                : Platform.of(target.os(), parts[0], "");
    }

    private static boolean isOfName(int c) {
        return Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-';
    }
}
