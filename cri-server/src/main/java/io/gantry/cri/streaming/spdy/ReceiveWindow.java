package io.gantry.cri.streaming.spdy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/** Grants the peer more once half of what it may send was taken. Thread-safe. */
final class ReceiveWindow {

    /** What may be sent before any grant. */
    private static final int FIRST = 64 << 10;

    private static final int HALF = FIRST / 2;

    private final int stream;
    private final Grants grants;
    private final BiConsumer<Integer, Integer> grant;
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicLong granted = new AtomicLong(FIRST);

    /** Of the event loop. */
    private long received;

    /**
     * The protocol's first window of 64 KiB.
     *
     * @param grants whether to grant anything; what is not granted stays due
     * @param grant told the stream and by how much its window grows
     */
    ReceiveWindow(int stream, Grants grants, BiConsumer<Integer, Integer> grant) {
        this.stream = stream;
        this.grants = grants;
        this.grant = grant;
    }

    /** Data came; on the event loop. */
    void received(int bytes) {
        received += bytes;
        if (received > granted.get()) {
            grants.ignored();
        }
    }

    /** So many more bytes were taken. */
    void took(int bytes) {
        if (taken.addAndGet(bytes) >= HALF && grants.wanted()) {
            int due = taken.getAndSet(0);
            if (due > 0) {
                granted.addAndGet(due);
                grant.accept(stream, due);
            }
        }
    }
}
