package io.gantry.cri.streaming.wire;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to and from a peer. One thread reads, another may write, and waits. A peer that is gone
 * makes both fail with an {@link IOException}, also of a thread that waits. Or nobody waits, and
 * all happens on the event loop: what comes is {@linkplain #pour poured} into a sink, what is to be
 * sent {@linkplain #offer offered}.
 */
public interface ByteStream {

    /** Before bytes that are offered, which are sent from where they are if they have it. */
    int ROOM = 8;

    /**
     * Waits for bytes.
     *
     * @return owned by the caller; null when the peer has said that no more come
     */
    byte @Nullable [] read() throws IOException, InterruptedException;

    /** Sends bytes, which nobody may change then; waits while the peer takes nothing. */
    void write(byte[] bytes) throws IOException, InterruptedException;

    /** Where what comes goes, on the event loop. */
    interface Sink {

        /** Some bytes, the sink's to release, which then says that they were {@link #taken}. */
        void take(ByteBuf bytes);

        /** No more come; not told of a stream that broke. */
        void end();

        /** More may be offered. */
        void ready();
    }

    /** Gives what waits and what will come to a sink, instead of to who reads. */
    void pour(Sink sink);

    /** A sink is done with so many bytes that it was given in one call. */
    void taken(int bytes);

    /**
     * Sends what the peer takes of some bytes, with the next {@link #flush}; the sink is told when
     * it takes more. What is before them in their buffer may be written to.
     *
     * @return whether that was all
     */
    boolean offer(ByteBuf bytes);

    /** Whether the peer may take more of what is offered; a sink is told when it does again. */
    boolean isReady();

    /** Sends what was offered. */
    void flush();

    /** Says that no more are written. */
    void endOutput();

    /** Takes and drops whatever the peer still sends. */
    void discardInput();

    /**
     * Has {@code action} run once the peer, or its connection, has taken the stream back; at once
     * when that is so. On the event loop or this thread; there is one action.
     */
    void onBroken(Runnable action);

    /** Ends both directions at once; what is under way may be lost. */
    void reset();
}
