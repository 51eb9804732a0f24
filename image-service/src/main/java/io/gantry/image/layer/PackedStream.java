package io.gantry.image.layer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a blob as they come: counted, and its failures told from those of the format. */
final class PackedStream extends FilterInputStream {

    private long count;
    private @Nullable IOException failure;

    PackedStream(InputStream in) {
        super(in);
    }

    long count() {
        return count;
    }

    /** Rethrows what reading the blob itself failed with. */
    void rethrowFailure() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            int n = in.read(target, offset, length);
            count += Math.max(0, n);
            return n;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }
}
