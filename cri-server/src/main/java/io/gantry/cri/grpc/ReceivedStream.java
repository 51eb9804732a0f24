package io.gantry.cri.grpc;

import com.google.protobuf.ByteString;
import io.gantry.base.error.CancelledException;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.proto.image.LoadRequest;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The bytes that a client sends, as one stream; each message is asked for when it is wanted. */
final class ReceivedStream extends InputStream {

    private final Inbound<LoadRequest> in;
    private ByteBuffer piece;
    private boolean ended;

    ReceivedStream(ByteString first, Inbound<LoadRequest> in) {
        this.piece = first.asReadOnlyByteBuffer();
        this.in = in;
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int at, int length) {
        if (length == 0) {
            return 0;
        }
        while (!piece.hasRemaining()) {
            if (!advance()) {
                return -1;
            }
        }
        int count = Math.min(length, piece.remaining());
        piece.get(target, at, count);
        return count;
    }

    private boolean advance() {
        if (ended) {
            return false;
        }
        Optional<LoadRequest> next;
        try {
            next = in.next();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("the archive was not received whole", e);
        }
        ended = next.isEmpty();
        piece = next.map(LoadRequest::getData).orElse(ByteString.EMPTY).asReadOnlyByteBuffer();
        return !ended;
    }
}
