package io.gantry.image.layer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Buffers outside the heap, of one size. They are kept, for the JVM frees such memory only when it
 * collects garbage, and collects garbage when there are too many. Thread-safe.
 */
final class BufferPool {

    /** Bytes of each. */
    static final int SIZE = 256 * 1024;

    /** What two layers at once take; the rest goes back to the JVM. */
    private static final int KEPT = 12;

    private final Deque<ByteBuffer> idle = new ArrayDeque<>();

    /** An empty buffer. */
    ByteBuffer take() {
        synchronized (idle) {
            ByteBuffer buffer = idle.poll();
            return buffer == null ? ByteBuffer.allocateDirect(SIZE) : buffer.clear();
        }
    }

    void giveBack(ByteBuffer buffer) {
        synchronized (idle) {
            if (idle.size() < KEPT) {
                idle.push(buffer);
            }
        }
    }
}
