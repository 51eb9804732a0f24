package io.gantry.cri.streaming;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A peer that sends as much as it is let. */
final class Flood {

    /** Enough that whoever takes so much holds nobody back. */
    private static final long MOST = 512L << 20;

    private static final long SILENCE_NANOS = 1_000_000_000L;

    private Flood() {}

    /**
     * How much goes out before nothing does for a second.
     *
     * @param channel that does not block
     * @param frame what is sent again and again
     */
    static long acceptedBytes(SocketChannel channel, byte[] frame) throws IOException {
        long sent = 0;
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        long since = System.nanoTime();
        while (sent < MOST && System.nanoTime() - since < SILENCE_NANOS) {
            int count = channel.write(bytes);
            if (count > 0) {
                sent += count;
                since = System.nanoTime();
            }
            if (!bytes.hasRemaining()) {
                bytes.rewind();
            }
        }
        return sent;
    }

    /** Data of a stream of SPDY. */
    static byte[] spdyData(int stream) {
        int length = 60_000;
        return ByteBuffer.allocate(8 + length).putInt(stream).putInt(length).array();
    }
}
