package io.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Bytes as a sequence of buffers. */
@FunctionalInterface
interface Pieces {

    /**
     * The next bytes, at least one, in a buffer that is the caller's until the next call; null at
     * the end.
     */
    @Nullable ByteBuffer next() throws IOException;

    /** A stream's, on the heap; it is not closed. */
    static Pieces of(InputStream in) {
        byte[] chunk = new byte[128 * 1024];
        return () -> {
            int count = in.read(chunk);
            return count < 0 ? null : ByteBuffer.wrap(chunk, 0, count);
        };
    }
}
