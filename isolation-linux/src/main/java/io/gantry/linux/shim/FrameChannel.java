package io.gantry.linux.shim;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Frames over a socket. One thread reads, any may write; closing wakes all. */
final class FrameChannel implements AutoCloseable {

    /** Number of the requests of a channel that has one at a time. */
    static final int REQUEST = 1;

    private static final int READ_SIZE = 64 << 10;

    private final Path socket;
    private final SocketChannel channel;
    private final ReentrantLock writing = new ReentrantLock();

    private ByteBuffer buffer =
            ByteBuffer.allocate(READ_SIZE).order(ByteOrder.LITTLE_ENDIAN).limit(0);

    private FrameChannel(Path socket, SocketChannel channel) {
        this.socket = socket;
        this.channel = channel;
    }

    static FrameChannel open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return new FrameChannel(socket, channel);
        } catch (IOException e) {
            channel.close();
            throw new IOException("connect to shim " + socket + ": " + e.getMessage(), e);
        }
    }

    Path socket() {
        return socket;
    }

    void write(ByteBuffer bytes) throws IOException {
        writing.lock();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            writing.unlock();
        }
    }

    /**
     * What a shim answers first.
     *
     * @param shim its pid
     * @param frame the answer to the request
     */
    record Answer(int shim, Frame frame) {}

    /** Greets, makes the first request and waits for its answer. */
    Answer ask(String id, Request request) throws IOException {
        write(Request.hello(REQUEST));
        write(request.encode(REQUEST));
        int shim = answer().decode(ShimConnection::greeting);
        return new Answer(shim, Answers.checked(id, answer()));
    }

    private Frame answer() throws IOException {
        while (true) {
            Frame frame =
                    read().orElseThrow(
                                    () ->
                                            new ShimGoneException(
                                                    "shim " + socket + " hung up", null));
            // Until it is a stream, a connection is told of the exits of others too.
            if (frame.requestId() == REQUEST) {
                return frame;
            }
        }
    }

    /** Waits for a frame; empty at the end. */
    Optional<Frame> read() throws IOException {
        while (true) {
            int length = buffer.remaining() >= 4 ? checked(buffer.getInt(buffer.position())) : 0;
            if (length > 0 && buffer.remaining() - 4 >= length) {
                return Optional.of(take(length));
            }
            if (!fill(4 + length)) {
                return Optional.empty();
            }
        }
    }

    private Frame take(int length) {
        buffer.getInt();
        int type = buffer.getShort();
        buffer.getShort();
        int id = buffer.getInt();
        byte[] payload = new byte[length - 8];
        buffer.get(payload);
        return new Frame(type, id, ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
    }

    private boolean fill(int wanted) throws IOException {
        if (wanted > buffer.capacity()) {
            buffer = ByteBuffer.allocate(wanted).order(ByteOrder.LITTLE_ENDIAN).put(buffer);
        } else {
            buffer.compact();
        }
        int count = channel.read(buffer);
        buffer.flip();
        return count >= 0;
    }

    private int checked(int length) throws IOException {
        if (length < 8 || length > Frame.MAX_LENGTH) {
            throw new IOException("shim " + socket + " sent a frame of " + length + " bytes");
        }
        return length;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing depends on it: the descriptor is gone either way (close(2)).
        }
    }
}
