package io.gantry.image.build.export;

import io.gantry.linux.syscall.LibisalDeflater;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Deflates blocks by ISA-L, with as many states as threads do so at once. Thread-safe. */
final class IsalBlocks implements BlockDeflater {

    private final Queue<LibisalDeflater> idle = new ConcurrentLinkedQueue<>();

    private IsalBlocks(LibisalDeflater first) {
        idle.add(first);
    }

    /** Empty where the library is not installed. */
    static Optional<BlockDeflater> find() {
        return LibisalDeflater.open().map(IsalBlocks::new);
    }

    @Override
    public byte[] deflate(byte[] block, int length, byte[] before, boolean last) {
        LibisalDeflater deflater = idle.poll();
        if (deflater == null) {
            deflater = LibisalDeflater.open().orElseThrow();
        }
        byte[] packed = deflater.deflate(block, length, before, last);
        idle.add(deflater);
        return packed;
    }
}
