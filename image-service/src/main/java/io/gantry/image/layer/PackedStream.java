package io.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The bytes of a blob as they come, its failures told from those of the format. */
final class PackedStream implements ByteSource {

    private static final int CHUNK = 64 * 1024;

    private final InputStream in;
    private final byte[] chunk = new byte[CHUNK];
    private volatile @Nullable IOException failure;

    PackedStream(InputStream in) {
        this.in = in;
    }

    /** Rethrows what reading the blob itself failed with. */
    void rethrowFailure() throws IOException {
        IOException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
    }

    @Override
    public boolean read(ByteBuffer target) throws IOException {
        try {
            int count = in.read(chunk, 0, Math.min(CHUNK, target.remaining()));
            if (count > 0) {
                target.put(chunk, 0, count);
            }
            return count >= 0;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }
}
