package io.gantry.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Memory for ranges that have come before their turn. Outside the heap, which would grow by such
 * pieces and stay so, and given back to the system as soon as a range has been read. Thread-safe.
 */
final class RangeMemory {

    private final Semaphore permits;

    /**
     * @param ranges that are kept at once
     */
    RangeMemory(int ranges) {
        this.permits = new Semaphore(ranges);
    }

    /** Memory for a range, if there is any now. */
    @SuppressWarnings("MustBeClosedChecker") // the range closes it
    Optional<Range> tryTake(int bytes) {
        if (!permits.tryAcquire()) {
            return Optional.empty();
        }
        boolean taken = false;
        try {
            Arena arena = Arena.ofShared();
            Range range = new Range(arena, arena.allocate(bytes).asByteBuffer());
            taken = true;
            return Optional.of(range);
        } finally {
            if (!taken) {
                permits.release();
            }
        }
    }

    /**
     * A range: filled by one thread, then read by another as a stream. Closing it, once or more
     * often, gives the memory back; nobody may be filling it then.
     */
    final class Range extends InputStream {
        private final Arena arena;
        private final ByteBuffer bytes;

        private Range(Arena arena, ByteBuffer bytes) {
            this.arena = arena;
            this.bytes = bytes;
        }

        /**
         * Takes all that it has room for.
         *
         * @return false when {@code in} ends early
         */
        boolean fill(InputStream in) throws IOException {
            byte[] chunk = new byte[16 * 1024];
            while (bytes.hasRemaining()) {
                int count = in.read(chunk, 0, Math.min(chunk.length, bytes.remaining()));
                if (count < 0) {
                    return false;
                }
                bytes.put(chunk, 0, count);
            }
            bytes.flip();
            return true;
        }

        @Override
        public int read() {
            return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            int count = Math.min(length, bytes.remaining());
            bytes.get(target, offset, count);
            return count == 0 ? -1 : count;
        }

        @Override
        public void close() {
            if (arena.scope().isAlive()) {
                arena.close();
                permits.release();
            }
        }
    }
}
