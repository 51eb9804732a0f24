package io.gantry.image.build.export;

import java.util.Arrays;
import java.util.zip.Deflater;

/** Deflates the blocks of {@link ParallelGzip}. */
@FunctionalInterface
interface BlockDeflater {

    /**
     * A block, deflated to whole bytes.
     *
     * @param length of the block, which the array may be longer than
     * @param before what the block may look back at
     * @param last whether nothing follows
     */
    byte[] deflate(byte[] block, int length, byte[] before, boolean last);

    /** By zlib: the same bytes on every machine that has the same JDK. */
    static BlockDeflater zlib(int level) {
        return (block, length, before, last) -> {
            try (Deflater deflater = new Deflater(level, true)) {
                if (before.length > 0) {
                    deflater.setDictionary(before);
                }
                deflater.setInput(block, 0, length);
                if (last) {
                    deflater.finish();
                }
                return drain(deflater, length, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
            }
        };
    }

    private static byte[] drain(Deflater deflater, int length, int flush) {
        byte[] output = new byte[length / 2 + 1024];
        int size = 0;
        while (true) {
            int got = deflater.deflate(output, size, output.length - size, flush);
            size += got;
            if (size < output.length) {
                return Arrays.copyOf(output, size);
            }
            output = Arrays.copyOf(output, output.length * 2);
        }
    }
}
