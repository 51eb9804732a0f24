package io.gantry.image.layer;

import io.gantry.image.content.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** The tar of a layer: hashed to its DiffId, and stopped when it grows out of proportion. */
final class UnpackedStream extends FilterInputStream {

    private final PackedStream packed;
    private final LayerLimits limits;
    private final MessageDigest sha256 = Digest.Algorithm.SHA256.newHash();
    private long count;

    UnpackedStream(InputStream in, PackedStream packed, LayerLimits limits) {
        super(in);
        this.packed = packed;
        this.limits = limits;
    }

    /** To be asked for once, at the end of the stream. */
    Digest diffId() {
        return Digest.finish(Digest.Algorithm.SHA256, sha256);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int n = in.read(target, offset, length);
        if (n <= 0) {
            return n;
        }
        sha256.update(target, offset, n);
        count += n;
        if (count > limits.ratioFloor() && count / limits.maxRatio() > packed.count()) {
            throw new LayerFormatException(
                    "unpacks to more than "
                            + limits.maxRatio()
                            + " times its size ("
                            + packed.count()
                            + " bytes became "
                            + count
                            + ")");
        }
        return n;
    }
}
