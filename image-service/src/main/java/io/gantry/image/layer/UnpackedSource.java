package io.gantry.image.layer;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/** The tar of a layer: hashed to its DiffId, and stopped when it grows out of proportion. */
final class UnpackedSource implements ByteSource {

    private final ByteSource unpacked;
    private final CountedPieces packed;
    private final LayerLimits limits;
    private final MessageDigest sha256;
    private long count;

    UnpackedSource(
            ByteSource unpacked, CountedPieces packed, LayerLimits limits, MessageDigest sha256) {
        this.unpacked = unpacked;
        this.packed = packed;
        this.limits = limits;
        this.sha256 = sha256;
    }

    /** To be asked for once, when the source is at its end and its reader has ended. */
    Digest diffId() {
        return Digest.finish(Digest.Algorithm.SHA256, sha256);
    }

    @Override
    public boolean read(ByteBuffer target) throws IOException {
        int start = target.position();
        if (!unpacked.read(target)) {
            drain();
            return false;
        }
        int length = target.position() - start;
        sha256.update(target.slice(start, length));
        count += length;
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
        return true;
    }

    /** Takes what follows the archive, so that the blob's digest covers it. */
    private void drain() throws IOException {
        ByteBuffer rest;
        do {
            rest = packed.next();
        } while (rest != null);
    }
}
