package io.gantry.image.archive;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Compression;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.security.MessageDigest;

/** Blobs on their way out of a content store: none leaves unverified. Used by one thread. */
final class BlobSource {

    private static final int BUFFER = 128 * 1024;

    private final ContentStore content;
    private final Runnable check;
    private final byte[] buffer = new byte[BUFFER];

    /**
     * A source.
     *
     * @param check called now and then, throws to end the work
     */
    BlobSource(ContentStore content, Runnable check) {
        this.content = content;
        this.check = check;
    }

    /** Copies a blob as it is. */
    void copy(Descriptor blob, OutputStream out) throws IOException {
        try (InputStream in = content.open(blob.digest())) {
            pump(in, out, blob.digest(), "stored blob " + blob.digest());
        }
    }

    /** The length of a layer that is unpacked, and nothing else. */
    long plainSize(Descriptor layer, Digest diffId) throws IOException {
        return unpack(layer, diffId, OutputStream.nullOutputStream());
    }

    /** Unpacks a layer. */
    long unpack(Descriptor layer, Digest diffId, OutputStream out) throws IOException {
        try (InputStream in = Compression.unpacked(content.open(layer.digest()))) {
            return pump(in, out, diffId, "stored layer " + layer.digest() + ", unpacked,");
        }
    }

    private long pump(InputStream in, OutputStream out, Digest expected, String what)
            throws IOException {
        MessageDigest hash = expected.algorithm().newHash();
        long size = 0;
        for (int got = read(in, what); got >= 0; got = read(in, what)) {
            check.run();
            hash.update(buffer, 0, got);
            out.write(buffer, 0, got);
            size += got;
        }
        Digest found = Digest.finish(expected.algorithm(), hash);
        if (!found.equals(expected)) {
            throw new DataLossException(
                    what
                            + " is damaged: it has digest "
                            + found
                            + " where "
                            + expected
                            + " was expected");
        }
        return size;
    }

    private int read(InputStream in, String what) throws IOException {
        try {
            return in.read(buffer);
        } catch (ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new DataLossException(what + " cannot be read: " + e.getMessage(), e);
        }
    }
}
