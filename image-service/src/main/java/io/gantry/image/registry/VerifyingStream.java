package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** A stream that ends only when its bytes have the digest that was promised. */
final class VerifyingStream extends FilterInputStream {

    private final Digest expected;
    private final MessageDigest hash;
    private boolean verified;

    VerifyingStream(InputStream in, Digest expected) {
        super(in);
        this.expected = expected;
        this.hash = expected.algorithm().newHash();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        if (count > 0) {
            hash.update(bytes, offset, count);
        } else if (count < 0 && !verified) {
            verify();
        }
        return count;
    }

    /** Skipped bytes count too. */
    @Override
    public long skip(long count) throws IOException {
        return read(new byte[(int) Math.min(count, 8192)]);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    private void verify() {
        Digest got = Digest.finish(expected.algorithm(), hash);
        if (!got.equals(expected)) {
            throw new DataLossException(
                    "blob has digest " + got + " where " + expected + " was expected");
        }
        verified = true;
    }
}
