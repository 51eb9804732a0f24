package io.gantry.cri.engine;

import io.gantry.base.Clock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;

/** Reads the log of a container for a person: the output as it was, without the CRI's framing. */
public final class LogReader {

    /** A growing file cannot be waited for but by looking; this is what an eye does not notice. */
    private static final Duration POLL = Duration.ofMillis(100);

    private final Clock clock;

    public LogReader(Clock clock) {
        this.clock = clock;
    }

    /**
     * What is wanted of a log.
     *
     * @param follow whether to go on until the container has ended
     * @param tail how many lines from the end; empty: all
     * @param since leaves out what is older
     * @param timestamps whether each line begins with its time
     */
    public record Options(boolean follow, OptionalLong tail, Instant since, boolean timestamps) {}

    /** Takes output. */
    @FunctionalInterface
    public interface Sink {
        /** Takes a piece; it may wait. */
        void accept(boolean stderr, byte[] data) throws InterruptedException;
    }

    /**
     * Reads until the end, or with {@code follow} until the container has ended and all is read. A
     * log that is not there, or not yet, is empty.
     *
     * @param running whether the container still runs
     */
    public void read(Path path, Options options, BooleanSupplier running, Sink sink)
            throws IOException, InterruptedException {
        boolean mayGrow = options.follow() && running.getAsBoolean();
        while (!Files.exists(path)) {
            if (!mayGrow) {
                return;
            }
            clock.sleep(POLL);
            mayGrow = running.getAsBoolean();
        }
        Printer printer = new Printer(options, sink);
        LogFile file = LogFile.open(path);
        try {
            if (options.tail().isPresent()) {
                file.seek(startOfTail(path, options.tail().getAsLong()));
            }
            while (true) {
                // Asked before the last look at the file: what comes after is not missed.
                boolean more = options.follow() && running.getAsBoolean();
                printer.drain(file);
                if (file.rotated()) {
                    file.close();
                    file = LogFile.open(path);
                } else if (more) {
                    clock.sleep(POLL);
                } else {
                    return;
                }
            }
        } finally {
            file.close();
        }
    }

    /** Where the last {@code count} lines of output begin; parts of one line count once. */
    private static long startOfTail(Path path, long count) throws IOException {
        Deque<Long> starts = new ArrayDeque<>();
        try (LogFile file = LogFile.open(path)) {
            boolean goesOn = false;
            long start = 0;
            byte[] line = file.nextLine();
            while (line != null) {
                if (!goesOn) {
                    starts.add(start);
                    if (starts.size() > count) {
                        starts.remove();
                    }
                }
                goesOn = LogRecord.parse(line).partial();
                start = file.offset();
                line = file.nextLine();
            }
            return starts.isEmpty() ? start : starts.getFirst();
        }
    }

    private static final class Printer {

        private final Options options;
        private final Sink sink;
        private boolean atLineStart = true;
        private boolean reached;

        Printer(Options options, Sink sink) {
            this.options = options;
            this.sink = sink;
            this.reached = options.since().equals(Instant.EPOCH);
        }

        void drain(LogFile file) throws IOException, InterruptedException {
            byte[] line = file.nextLine();
            while (line != null) {
                LogRecord record = LogRecord.parse(line);
                reached = reached || !record.instant().isBefore(options.since());
                if (reached) {
                    print(record);
                }
                line = file.nextLine();
            }
        }

        private void print(LogRecord record) throws InterruptedException {
            ByteArrayOutputStream out = new ByteArrayOutputStream(record.content().length + 40);
            if (options.timestamps() && atLineStart) {
                out.writeBytes((record.time() + " ").getBytes(StandardCharsets.UTF_8));
            }
            out.writeBytes(record.content());
            if (!record.partial()) {
                out.write('\n');
            }
            atLineStart = !record.partial();
            sink.accept(record.stderr(), out.toByteArray());
        }
    }
}
