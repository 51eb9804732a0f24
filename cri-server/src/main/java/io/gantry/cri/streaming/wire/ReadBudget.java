package io.gantry.cri.streaming.wire;

import io.netty.channel.Channel;

/**
 * Bounds what of a connection is received and not taken yet: beyond it the channel is not read.
 * Thread-safe.
 */
public final class ReadBudget {

    /** With the next read at most 64 KiB more come in. */
    static final int HIGH = 512 << 10;

    static final int LOW = 256 << 10;

    private final Channel channel;
    private int held;
    private boolean paused;
    private boolean unbounded;

    public ReadBudget(Channel channel) {
        this.channel = channel;
    }

    synchronized void taken(int cost) {
        held += cost;
        if (held > HIGH && !paused && !unbounded) {
            paused = true;
            channel.config().setAutoRead(false);
        }
    }

    synchronized void released(int cost) {
        held -= cost;
        if (held < LOW) {
            resume();
        }
    }

    /** From now on everything is read, as nothing of it is kept any more. */
    synchronized void lift() {
        unbounded = true;
        resume();
    }

    private void resume() {
        if (paused) {
            paused = false;
            channel.config().setAutoRead(true);
        }
    }
}
