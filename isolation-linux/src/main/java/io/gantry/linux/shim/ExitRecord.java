package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a process ended, as its shim wrote it to disk before telling anyone.
 *
 * @param code 128 + signal when killed
 * @param signal 0 when none
 */
public record ExitRecord(int pid, int code, int signal, Instant started, Instant finished) {

    /**
     * Reads a record; empty when there is none, which means that the process has not ended or that
     * its shim did not live to see it.
     *
     * @throws IOException when it cannot be read or is malformed
     */
    public static Optional<ExitRecord> read(Path file) throws IOException {
        try {
            return Optional.of(parse(Files.readString(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException("malformed exit record " + file + ": " + e.getMessage(), e);
        }
    }

    static ExitRecord parse(String text) {
        Map<String, Long> fields = new HashMap<>();
        text.lines()
                .forEach(
                        line -> {
                            int space = line.indexOf(' ');
                            if (space < 0) {
                                throw new IllegalArgumentException("no value in line: " + line);
                            }
                            fields.put(
                                    line.substring(0, space),
                                    Long.parseLong(line.substring(space + 1)));
                        });
        return new ExitRecord(
                Math.toIntExact(field(fields, "pid")),
                Math.toIntExact(field(fields, "code")),
                Math.toIntExact(field(fields, "signal")),
                instant(field(fields, "started")),
                instant(field(fields, "finished")));
    }

    static Instant instant(long unixNanos) {
        return Instant.ofEpochSecond(0, unixNanos);
    }

    private static long field(Map<String, Long> fields, String name) {
        Long value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name);
        }
        return value;
    }
}
