package io.gantry.runtime.exec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The streams of a process. One thread may write while another reads; closing it from a third ends
 * both. Closing does not end the process of an attached container; an exec'd one without a terminal
 * runs on and sees its streams closed, one with a terminal is hung up.
 */
public interface ProcessStream extends AutoCloseable {

    /** What a process said, or its end. */
    sealed interface Event permits Output, Exited {}

    /**
     * Bytes that it wrote.
     *
     * @param stderr whether to standard error
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Output(boolean stderr, byte[] bytes) implements Event {}

    /** It is gone. */
    record Exited(int exitCode) implements Event {}

    /**
     * Waits for the next event.
     *
     * @return null at the end of the stream, after Exited or when the other side went away
     */
    @Nullable Event next() throws IOException;

    /** Sends standard input. */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** Ends standard input. */
    void closeInput() throws IOException;

    /**
     * Has {@code action} run once when the reader is dropped for what it left unread, which {@link
     * #next} then tells, too; at once when it was. A stream that its process waits for drops
     * nobody.
     */
    default void onDropped(Runnable action) {}

    /** Tells the terminal its size. */
    void resize(int rows, int columns) throws IOException;

    /**
     * Kills an exec'd process with all that it started; its end follows as an event. Without effect
     * on a container that is attached to, on what has ended, and once the daemon is being stopped.
     */
    void kill();

    @Override
    void close();
}
