package io.gantry.image.layer;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Bytes for buffers outside the heap, where decompressors, hashes and the kernel take them from.
 */
@FunctionalInterface
interface ByteSource {

    /**
     * Puts some bytes into a direct buffer that has room.
     *
     * @return false at the end, with the buffer as it was
     */
    boolean read(ByteBuffer target) throws IOException;
}
