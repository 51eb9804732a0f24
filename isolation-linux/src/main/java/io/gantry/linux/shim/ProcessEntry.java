package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * What a shim knows of one process.
 *
 * @param target the container that an exec entered or whose pid namespace a container joined; empty
 *     when none
 * @param pid in the host's pid namespace
 * @param exitCode 128 + signal when killed; 0 while running
 * @param signal that killed it; 0 when none did
 * @param finished empty while running
 */
public record ProcessEntry(
        String id,
        Kind kind,
        String target,
        int pid,
        State state,
        int exitCode,
        int signal,
        Instant started,
        Optional<Instant> finished) {

    /** What a process is to its pod. */
    public enum Kind {
        CONTAINER(1),
        EXEC(2),
        /** The first process of the pod's own pid namespace. */
        REAPER(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        static Kind of(int number) {
            return switch (number) {
                case 1 -> CONTAINER;
                case 2 -> EXEC;
                case 3 -> REAPER;
                default -> throw new IllegalArgumentException("kind " + number);
            };
        }
    }

    /**
     * Reads the record of an exit, which a shim wrote before it told anyone; empty when there is
     * none: the process has not ended, or its shim did not live to see it.
     *
     * @throws IOException when it cannot be read or is malformed
     */
    public static Optional<ProcessEntry> readRecord(Path file) throws IOException {
        try {
            ByteBuffer record = ByteBuffer.wrap(Files.readAllBytes(file));
            return Optional.of(
                    new Frame(FrameType.EXITED, 0, record.order(ByteOrder.LITTLE_ENDIAN))
                            .decode(Frame::entry));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IOException("read exit record " + file + ": " + e.getMessage(), e);
        }
    }

    /** Where a process is in its life. */
    public enum State {
        RUNNING,
        EXITED
    }
}
