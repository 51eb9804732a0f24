package io.gantry.runtime.logs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * Reads the log of a container, and its continuation when the file is rotated. Keeps nothing open
 * between calls; each call may run in a thread of its own.
 */
public final class LogReader {

    private final Path file;
    private final BooleanSupplier running;

    /**
     * A reader of {@code file}, which need not exist yet.
     *
     * @param running whether the container may still write; asked while following
     */
    public LogReader(Path file, BooleanSupplier running) {
        this.file = file;
        this.running = running;
    }

    /** Takes lines. */
    @FunctionalInterface
    public interface Sink {
        /** Takes one line; whether it wants more. */
        boolean accept(LogLine line) throws IOException;
    }

    /**
     * Reads until the end, or until the sink has enough.
     *
     * @throws IOException when the file cannot be read or a line is malformed
     */
    public void read(LogOptions options, Sink sink) throws IOException {
        if (!options.follow()) {
            readWhatIsThere(options, sink);
            return;
        }
        try (FileChanges changes = FileChanges.of(file)) {
            follow(options, sink, changes);
        }
    }

    private void readWhatIsThere(LogOptions options, Sink sink) throws IOException {
        try (LogFile log = LogFile.open(file)) {
            log.seekTail(options.tail());
            pump(log, options, sink);
        } catch (NoSuchFileException e) {
            // Nothing was written yet.
        }
    }

    private void follow(LogOptions options, Sink sink, FileChanges changes) throws IOException {
        long tail = options.tail();
        boolean last = false;
        while (true) {
            try (LogFile log = LogFile.open(file)) {
                log.seekTail(tail);
                tail = -1;
                while (true) {
                    // Asked before reading: what was written before the end is read after it.
                    boolean ended = !running.getAsBoolean();
                    if (!pump(log, options, sink)) {
                        return;
                    }
                    if (log.isRotated(file)) {
                        pump(log, options, sink);
                        last = ended;
                        break;
                    }
                    if (ended) {
                        return;
                    }
                    changes.await();
                }
            } catch (NoSuchFileException e) {
                if (last || (!running.getAsBoolean() && !Files.exists(file))) {
                    return;
                }
                changes.await();
            }
        }
    }

    private static boolean pump(LogFile log, LogOptions options, Sink sink) throws IOException {
        Instant since = options.since();
        while (true) {
            byte[] line = log.nextLine();
            if (line == null) {
                return true;
            }
            LogLine parsed = LogLine.parse(line);
            if ((since == null || !parsed.time().isBefore(since)) && !sink.accept(parsed)) {
                return false;
            }
        }
    }
}
