package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import java.nio.file.Path;

/** Paths of the host that a client names. */
final class HostPath {

    private HostPath() {}

    /**
     * The path.
     *
     * @param what names it for messages
     * @throws InvalidArgumentException when it is none, or would depend on where the daemon runs
     */
    static Path of(String what, String text) {
        if (text.indexOf('\0') >= 0) {
            throw new InvalidArgumentException(
                    what + ": host_path \"" + text.replace("\0", "\\0") + "\" holds a NUL");
        }
        if (!text.startsWith("/")) {
            throw new InvalidArgumentException(
                    what + ": host_path \"" + text + "\" is not an absolute path");
        }
        return Path.of(text);
    }
}
