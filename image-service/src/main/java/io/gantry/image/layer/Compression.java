package io.gantry.image.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * How a layer is packed. The bytes decide, never a media type: registries and tools get it wrong.
 */
public enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int SNIFFED = 4;
    private static final int BUFFER = 64 * 1024;

    /** Largest zstd window, as a power of two: 128 MiB, what {@code zstd --long} needs. */
    private static final int ZSTD_WINDOW_LOG_MAX = 27;

    /**
     * By the magic number at the beginning of {@code head}, of which {@code length} bytes count.
     */
    public static Compression sniff(byte[] head, int length) {
        if (length >= 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
            return GZIP;
        }
        if (length < SNIFFED) {
            return NONE;
        }
        int magic =
                (head[0] & 0xff)
                        | (head[1] & 0xff) << 8
                        | (head[2] & 0xff) << 16
                        | (head[3] & 0xff) << 24;
        // A skippable frame may come first.
        return magic == 0xfd2fb528 || (magic & 0xffff_fff0) == 0x184d2a50 ? ZSTD : NONE;
    }

    /**
     * The unpacked bytes of {@code packed}: all members of a gzip file, all frames of a zstd one.
     * Closing it closes {@code packed}.
     */
    public static InputStream unpacked(InputStream packed) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(packed, BUFFER);
        buffered.mark(SNIFFED);
        byte[] head = new byte[SNIFFED];
        int length = buffered.readNBytes(head, 0, SNIFFED);
        buffered.reset();
        return switch (sniff(head, length)) {
            case NONE -> buffered;
            case GZIP -> gzip(buffered);
            case ZSTD -> zstd(buffered);
        };
    }

    // Not GZIPInputStream: it takes a stream whose available() is 0, which a network stream may
    // say at any moment, for the end between two members.
    private static InputStream gzip(InputStream packed) throws IOException {
        return GzipCompressorInputStream.builder()
                .setInputStream(packed)
                .setDecompressConcatenated(true)
                .get();
    }

    private static InputStream zstd(InputStream packed) throws IOException {
        ZstdInputStreamNoFinalizer unpacked = new ZstdInputStreamNoFinalizer(packed);
        unpacked.setLongMax(ZSTD_WINDOW_LOG_MAX);
        return unpacked;
    }
}
