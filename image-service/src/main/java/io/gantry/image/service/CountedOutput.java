package io.gantry.image.service;

import io.gantry.base.error.UnavailableException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.LongConsumer;

/** A stream to outside: counted, and its failures told from those of the store. Never closed. */
final class CountedOutput extends OutputStream {

    private final OutputStream out;
    private final LongConsumer counter;
    private long count;

    CountedOutput(OutputStream out, LongConsumer counter) {
        this.out = out;
        this.counter = counter;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw new UnavailableException("the archive cannot be written: " + e.getMessage(), e);
        }
        count += length;
        counter.accept(count);
    }

    @Override
    public void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new UnavailableException("the archive cannot be written: " + e.getMessage(), e);
        }
    }
}
