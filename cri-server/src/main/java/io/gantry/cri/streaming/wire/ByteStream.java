package io.gantry.cri.streaming.wire;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Bytes to and from a peer. One thread reads, another may write. A peer that is gone makes both
 * fail with an {@link IOException}, also of a thread that waits.
 */
public interface ByteStream {

    /**
     * Waits for bytes.
     *
     * @return owned by the caller; null when the peer has said that no more come
     */
    byte @Nullable [] read() throws IOException, InterruptedException;

    /** Sends bytes, which nobody may change then; waits while the peer takes nothing. */
    void write(byte[] bytes) throws IOException, InterruptedException;

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
