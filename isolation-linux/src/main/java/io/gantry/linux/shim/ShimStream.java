package io.gantry.linux.shim;

import java.io.IOException;
import java.util.Optional;

/**
 * The standard streams of one process. One thread reads, any may write; not reading holds the
 * process back (one that was started with the stream, or attached to so) or loses the stream.
 * Closing, from any thread, or interrupting the waiting thread ends a wait with {@link
 * java.nio.channels.ClosedChannelException}. The process does not end with its stream.
 */
public interface ShimStream extends AutoCloseable {

    /** What comes from a process. */
    sealed interface Event permits Output, Exited {}

    /**
     * Output.
     *
     * @param fd 1 standard output (a terminal has only that), 2 standard error
     * @param bytes owned by the receiver
     */
    @SuppressWarnings("ArrayRecordComponent") // a buffer on its way, never compared
    record Output(int fd, byte[] bytes) implements Event {}

    /** The process has ended and all its output was delivered. */
    record Exited(ProcessEntry entry) implements Event {}

    /** The process's pid in the host's pid namespace; 0 when attached. */
    int pid();

    /** Waits for the next event; empty when the shim has closed the stream. */
    Optional<Event> next() throws IOException;

    /** Writes to standard input; waits while the process does not read. */
    void write(byte[] bytes) throws IOException;

    /** Ends standard input; on a terminal types its end-of-file character. */
    void closeStdin() throws IOException;

    /** Sets the size of the terminal. */
    void resize(int rows, int columns) throws IOException;

    @Override
    void close();
}
