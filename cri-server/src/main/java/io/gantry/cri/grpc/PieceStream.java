package io.gantry.cri.grpc;

import com.google.protobuf.ByteString;
import io.gantry.base.error.CancelledException;
import java.io.OutputStream;

/** Bytes that go to a client in pieces, each when the client takes it. */
final class PieceStream extends OutputStream {

    /** Large enough that messages cost little, small enough that few are kept. */
    private static final int PIECE = 256 << 10;

    private final Sink sink;
    private final byte[] buffer = new byte[PIECE];
    private int filled;

    PieceStream(Sink sink) {
        this.sink = sink;
    }

    /** Takes a piece, waiting as long as it must. */
    @FunctionalInterface
    interface Sink {
        void accept(ByteString piece) throws InterruptedException;
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        int done = 0;
        while (done < length) {
            int count = Math.min(length - done, PIECE - filled);
            System.arraycopy(bytes, offset + done, buffer, filled, count);
            filled += count;
            done += count;
            if (filled == PIECE) {
                send();
            }
        }
    }

    /** Sends what there is. */
    @Override
    public void flush() {
        if (filled > 0) {
            send();
        }
    }

    /** Sends nothing: what is closed without a flush has failed. */
    @Override
    public void close() {}

    private void send() {
        ByteString piece = ByteString.copyFrom(buffer, 0, filled);
        filled = 0;
        try {
            sink.accept(piece);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("the client went away", e);
        }
    }
}
