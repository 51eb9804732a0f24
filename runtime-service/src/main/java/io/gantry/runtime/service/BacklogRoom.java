package io.gantry.runtime.service;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much output clients may leave unread in this process: each, and all together. Thread-safe.
 *
 * @param each in bytes, at least 1
 * @param all in bytes, at least {@code each}
 */
record BacklogRoom(long each, long all, AtomicLong used) {

    /** The daemon's: it has a heap of 192 MiB. */
    private static final long EACH = 4L << 20;

    private static final long ALL = 8 * EACH;

    static BacklogRoom standard() {
        return of(EACH, ALL);
    }

    static BacklogRoom of(long each, long all) {
        return new BacklogRoom(each, all, new AtomicLong());
    }

    /** Takes so many bytes, unless they are too many. */
    boolean take(long bytes) {
        if (used.addAndGet(bytes) <= all) {
            return true;
        }
        give(bytes);
        return false;
    }

    /** Gives back what was taken. */
    void give(long bytes) {
        used.addAndGet(-bytes);
    }
}
