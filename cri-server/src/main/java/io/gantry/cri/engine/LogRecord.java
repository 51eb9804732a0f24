package io.gantry.cri.engine;

import io.gantry.base.error.DataLossException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;

/**
 * A line of a CRI log: {@code TIME STREAM TAG CONTENT}.
 *
 * @param time as it is written
 * @param partial whether the output's line goes on in the next record
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
record LogRecord(String time, boolean stderr, boolean partial, byte[] content) {

    static LogRecord parse(byte[] line) {
        int timeEnd = space(line, 0);
        int streamEnd = space(line, timeEnd + 1);
        int tagEnd = space(line, streamEnd + 1);
        String tag = text(line, streamEnd + 1, tagEnd);
        return new LogRecord(
                text(line, 0, timeEnd),
                text(line, timeEnd + 1, streamEnd).equals("stderr"),
                tag.equals("P") || tag.startsWith("P:"),
                Arrays.copyOfRange(line, Math.min(tagEnd + 1, line.length), line.length));
    }

    Instant instant() {
        try {
            return Instant.parse(time);
        } catch (DateTimeParseException e) {
            throw new DataLossException("log line with malformed time \"" + time + "\"", e);
        }
    }

    private static int space(byte[] line, int from) {
        for (int i = from; i < line.length; i++) {
            if (line[i] == ' ') {
                return i;
            }
        }
        if (from == 0) {
            throw new DataLossException(
                    "malformed log line \"" + text(line, 0, line.length) + "\"");
        }
        return line.length;
    }

    private static String text(byte[] line, int from, int to) {
        return from >= to ? "" : new String(line, from, to - from, StandardCharsets.UTF_8);
    }
}
