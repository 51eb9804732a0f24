package io.gantry.cri.streaming.spdy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** Grants the peer more once half of what it may send was taken. Thread-safe. */
final class ReceiveWindow {

    private static final int HALF = 32 << 10;

    private final int stream;
    private final BiConsumer<Integer, Integer> grant;
    private final AtomicInteger taken = new AtomicInteger();

    /**
     * The protocol's first window of 64 KiB.
     *
     * @param grant told the stream and by how much its window grows
     */
    ReceiveWindow(int stream, BiConsumer<Integer, Integer> grant) {
        this.stream = stream;
        this.grant = grant;
    }

    void took(int bytes) {
        if (taken.addAndGet(bytes) >= HALF) {
            int due = taken.getAndSet(0);
            if (due > 0) {
                grant.accept(stream, due);
            }
        }
    }
}
