package io.gantry.image.service;

import io.gantry.base.error.UnavailableException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** A stream from outside: counted, and its failures told from those of the store. */
final class CountedInput extends FilterInputStream {

    private final LongConsumer counter;
    private long count;

    CountedInput(InputStream in, LongConsumer counter) {
        super(in);
        this.counter = counter;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int got;
        try {
            got = in.read(target, offset, length);
        } catch (IOException e) {
            throw new UnavailableException("the archive cannot be read: " + e.getMessage(), e);
        }
        if (got > 0) {
            count += got;
            counter.accept(count);
        }
        return got;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
