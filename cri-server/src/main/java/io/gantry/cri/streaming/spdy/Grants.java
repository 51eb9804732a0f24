package io.gantry.cri.streaming.spdy;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Whether a peer is told that it may send more. The library that Kubernetes' clients are built on
 * heeds no windows, and to read a grant costs it as much as to read data. Such a peer shows itself
 * when it sends more on a stream than it may. So the first grants are withheld for a moment, and
 * from one that went on without them all others. Thread-safe.
 */
final class Grants {

    /** One that heeds windows waits so much longer, once. */
    private static final int MOMENT_MILLIS = 10;

    private final EventLoop loop;
    private final Runnable due;
    private final AtomicBoolean withheld = new AtomicBoolean();
    private volatile boolean heeded;
    private volatile boolean ignored;

    /**
     * For one connection.
     *
     * @param due runs on the event loop when what was withheld is to be granted
     */
    Grants(EventLoop loop, Runnable due) {
        this.loop = loop;
        this.due = due;
    }

    /** The peer has sent more than it may. */
    void ignored() {
        ignored = true;
    }

    /** Whether to grant what is due; if not, and that changes, {@code due} runs. */
    boolean wanted() {
        if (ignored) {
            return false;
        }
        if (!heeded && withheld.compareAndSet(false, true)) {
            try {
                Future<?> _ = loop.schedule(this::decide, MOMENT_MILLIS, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                // The server is closed, and so is the connection.
            }
        }
        return heeded;
    }

    private void decide() {
        heeded = true;
        due.run();
    }
}
