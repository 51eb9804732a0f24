package io.gantry.cri.engine;

import io.gantry.runtime.logs.LogLine;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;

/** Gives lines of a log back as the container wrote them, each with its time where wanted. */
public final class LogPrinter {

    private static final int NANO_DIGITS = 9;

    /** RFC 3339 with all digits, so that lines stand below each other. */
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(NANO_DIGITS).toFormatter();

    private final boolean timestamps;
    private boolean outGoesOn;
    private boolean errGoesOn;

    public LogPrinter(boolean timestamps) {
        this.timestamps = timestamps;
    }

    /** What to show for the next line; parts of one line of output get one time. */
    public byte[] print(LogLine line) {
        boolean goesOn = line.stderr() ? errGoesOn : outGoesOn;
        if (line.stderr()) {
            errGoesOn = line.partial();
        } else {
            outGoesOn = line.partial();
        }
        byte[] content = line.content();
        return timestamps && !goesOn ? concat(time(line.time()), content) : content;
    }

    private static byte[] time(Instant time) {
        return (TIME.format(time) + " ").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
