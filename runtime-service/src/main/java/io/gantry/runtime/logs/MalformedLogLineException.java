package io.gantry.runtime.logs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A line of a log file is not in the CRI's format. */
public final class MalformedLogLineException extends IOException {

    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 80;

    MalformedLogLineException(String what, byte[] line, @Nullable Throwable cause) {
        super(
                "log line has an unknown "
                        + what
                        + ": "
                        + new String(line, 0, Math.min(line.length, SHOWN), StandardCharsets.UTF_8),
                cause);
    }
}
