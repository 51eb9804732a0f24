package io.gantry.runtime.logs;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which lines to read.
 *
 * @param follow whether to wait for more until the container has ended
 * @param tail number of lines to begin with, counted from the end; −1: all
 * @param since only lines of this time or later; null: all
 */
public record LogOptions(boolean follow, long tail, @Nullable Instant since) {

    /** What is there, whole. */
    public static LogOptions all() {
        return new LogOptions(false, -1, null);
    }
}
