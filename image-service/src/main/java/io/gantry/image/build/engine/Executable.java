package io.gantry.image.build.engine;

import io.gantry.base.error.UnimplementedException;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether commands of a platform can be executed here. */
final class Executable {

    private static final Path INTERPRETERS = Path.of("/proc/sys/fs/binfmt_misc");

    private Executable() {}

    /**
     * Checks.
     *
     * @throws UnimplementedException when neither processor nor kernel executes them
     */
    static void check(Platform platform) {
        Platform host = Platform.host();
        if (platform.distanceFrom(host).isEmpty() && !isInterpreted(platform)) {
            throw new UnimplementedException(
                    "cannot execute commands of "
                            + platform
                            + " on "
                            + host
                            + ": the kernel has no interpreter for them (binfmt_misc)");
        }
    }

    private static boolean isInterpreted(Platform platform) {
        String name =
                switch (platform.architecture()) {
                    case "amd64" -> "x86_64";
                    case "386" -> "i386";
                    case "arm64" -> "aarch64";
                    default -> platform.architecture();
                };
        try {
            return Files.readString(INTERPRETERS.resolve("qemu-" + name)).startsWith("enabled");
        } catch (IOException e) {
            return false;
        }
    }
}
