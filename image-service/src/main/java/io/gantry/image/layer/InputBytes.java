package io.gantry.image.layer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** An input as a stream, for what works on the heap. */
final class InputBytes extends InputStream {

    private final Compression.Input input;

    InputBytes(Compression.Input input) {
        this.input = input;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        ByteBuffer bytes = input.available();
        if (bytes == null) {
            return -1;
        }
        int count = Math.min(length, bytes.remaining());
        bytes.get(target, offset, count);
        return count;
    }
}
