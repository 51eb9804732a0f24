package io.gantry.runtime.logs;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;

/**
 * One line of a log file.
 *
 * @param stderr whether it was written to standard error
 * @param partial whether the line of the container goes on in the next one of the same stream
 * @param text without the line's end
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
public record LogLine(Instant time, boolean stderr, boolean partial, byte[] text) {

    private static final int SPACE = ' ';

    /**
     * Reads a line without its end.
     *
     * @throws MalformedLogLineException when it is none
     */
    public static LogLine parse(byte[] line) throws MalformedLogLineException {
        int afterTime = indexOf(line, 0);
        int afterStream = indexOf(line, afterTime + 1);
        int afterTags = indexOf(line, afterStream + 1);
        return new LogLine(
                time(string(line, 0, afterTime), line),
                isStderr(string(line, afterTime + 1, afterStream), line),
                isPartial(string(line, afterStream + 1, afterTags), line),
                Arrays.copyOfRange(line, Math.min(afterTags + 1, line.length), line.length));
    }

    /** What the container wrote: the text, and a line feed unless it is partial. */
    public byte[] content() {
        if (partial) {
            return text;
        }
        byte[] content = Arrays.copyOf(text, text.length + 1);
        content[text.length] = '\n';
        return content;
    }

    private static int indexOf(byte[] line, int from) {
        for (int i = from; i < line.length; i++) {
            if (line[i] == SPACE) {
                return i;
            }
        }
        return line.length;
    }

    private static String string(byte[] line, int from, int to) {
        return from >= to ? "" : new String(line, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static Instant time(String text, byte[] line) throws MalformedLogLineException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new MalformedLogLineException("time \"" + text + "\"", line, e);
        }
    }

    private static boolean isStderr(String stream, byte[] line) throws MalformedLogLineException {
        return switch (stream) {
            case "stdout" -> false;
            case "stderr" -> true;
            default -> throw new MalformedLogLineException("stream \"" + stream + "\"", line, null);
        };
    }

    private static boolean isPartial(String tags, byte[] line) throws MalformedLogLineException {
        return switch (tags.split(":", 2)[0]) {
            case "F" -> false;
            case "P" -> true;
            default -> throw new MalformedLogLineException("tag \"" + tags + "\"", line, null);
        };
    }
}
