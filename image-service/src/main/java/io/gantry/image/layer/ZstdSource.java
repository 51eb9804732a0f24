package io.gantry.image.layer;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** All frames of a zstd file. */
final class ZstdSource implements UnpackingSource {

    /** Largest zstd window, as a power of two: 128 MiB, what {@code zstd --long} needs. */
    static final int WINDOW_LOG_MAX = 27;

    private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

    private final ZstdDecompressCtx context = new ZstdDecompressCtx().setLongMax(WINDOW_LOG_MAX);
    private final Compression.Input input;
    private boolean betweenFrames;
    private boolean pending;

    ZstdSource(Compression.Input input) {
        this.input = input;
    }

    @Override
    public boolean read(ByteBuffer target) throws IOException {
        int start = target.position();
        while (target.position() == start) {
            ByteBuffer packed = input.available();
            if (packed == null && !pending) {
                if (betweenFrames) {
                    return false;
                }
                throw new EOFException("zstd data ends too early");
            }
            decompress(packed == null ? NOTHING : packed, target);
        }
        return true;
    }

    @Override
    public void close() {
        context.close();
    }

    private void decompress(ByteBuffer packed, ByteBuffer target) throws IOException {
        try {
            betweenFrames = context.decompressDirectByteBufferStream(target, packed);
        } catch (ZstdException e) {
            throw new LayerFormatException("zstd data is damaged: " + e.getMessage(), e);
        }
        // What it has taken in it may hand out later only, when there was no room.
        pending = !betweenFrames && !target.hasRemaining();
    }
}
