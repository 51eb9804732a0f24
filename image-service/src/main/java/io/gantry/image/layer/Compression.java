package io.gantry.image.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.gantry.linux.syscall.Libisal;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;

/**
 * How a layer is packed. The bytes decide, never a media type: registries and tools get it wrong.
 */
public enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int SNIFFED = 4;
    private static final int BUFFER = 64 * 1024;

    /**
     * By the magic number at the beginning of {@code head}, of which {@code length} bytes count.
     */
    public static Compression sniff(byte[] head, int length) {
        return sniff(ByteBuffer.wrap(head, 0, length));
    }

    /** By the magic number at the beginning of {@code head}, whose position stays. */
    static Compression sniff(ByteBuffer head) {
        int at = head.position();
        if (head.remaining() >= 2 && head.get(at) == 0x1f && head.get(at + 1) == (byte) 0x8b) {
            return GZIP;
        }
        if (head.remaining() < SNIFFED) {
            return NONE;
        }
        int magic = 0;
        for (int i = 0; i < SNIFFED; i++) {
            magic |= (head.get(at + i) & 0xff) << (8 * i);
        }
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
        ByteBuffer head = ByteBuffer.wrap(buffered.readNBytes(SNIFFED));
        buffered.reset();
        return switch (sniff(head)) {
            case NONE -> buffered;
            case GZIP -> gunzip(buffered);
            case ZSTD -> {
                ZstdInputStreamNoFinalizer unpacked = new ZstdInputStreamNoFinalizer(buffered);
                unpacked.setLongMax(ZstdSource.WINDOW_LOG_MAX);
                yield unpacked;
            }
        };
    }

    // Not GZIPInputStream: it takes a stream whose available() is 0, which a network stream may
    // say at any moment, for the end between two members.
    private static InputStream gunzip(InputStream packed) throws IOException {
        return GzipCompressorInputStream.builder()
                .setInputStream(packed)
                .setDecompressConcatenated(true)
                .get();
    }

    /**
     * The same, faster, for who takes it outside the heap. To be closed when it is used no more.
     */
    static UnpackingSource unpacked(Pieces packed, Libraries libraries) throws IOException {
        ByteBuffer first = packed.next();
        if (first == null) {
            return UnpackingSource.of(target -> false);
        }
        Input input = new Input(packed, first);
        return switch (sniff(first)) {
            case NONE -> UnpackingSource.of(input::copy);
            case GZIP -> gzip(input, libraries);
            case ZSTD -> new ZstdSource(input);
        };
    }

    private static UnpackingSource gzip(Input input, Libraries libraries) throws IOException {
        Optional<Libisal> isal = libraries.gunzip().get();
        if (isal.isPresent()) {
            return UnpackingSource.of(new GzipSource(isal.get(), input));
        }
        return UnpackingSource.of(new PackedStream(gunzip(new InputBytes(input))));
    }

    /** Packed bytes, of which a decompressor takes as many as it likes at a time. */
    static final class Input {
        private final Pieces pieces;
        private @Nullable ByteBuffer current;

        Input(Pieces pieces, ByteBuffer first) {
            this.pieces = pieces;
            this.current = first;
        }

        /** A buffer that has bytes; null at the end. */
        @Nullable ByteBuffer available() throws IOException {
            while (current != null && !current.hasRemaining()) {
                current = pieces.next();
            }
            return current;
        }

        boolean copy(ByteBuffer target) throws IOException {
            ByteBuffer bytes = available();
            if (bytes == null) {
                return false;
            }
            int count = Math.min(bytes.remaining(), target.remaining());
            target.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return true;
        }
    }
}
