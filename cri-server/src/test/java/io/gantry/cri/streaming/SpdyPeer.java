package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** A client of streams over a socket, that does one thing at a time and never hurries. */
final class SpdyPeer implements AutoCloseable {

    private final Socket socket;
    private final EmbeddedChannel codec =
            new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    private final Map<Integer, ByteArrayOutputStream> received = new HashMap<>();
    private final Set<Integer> ended = new HashSet<>();
    private final Set<Integer> reset = new HashSet<>();
    private int lastStream = -1;
    private boolean goingAway;

    /** Upgrades a connection, for forwarded ports. */
    SpdyPeer(Socket socket, String path) throws IOException {
        this(socket, path, "portforward.k8s.io");
    }

    /** Upgrades a connection. */
    SpdyPeer(Socket socket, String path, String protocol) throws IOException {
        this.socket = socket;
        socket.getOutputStream()
                .write(
                        ("POST "
                                        + path
                                        + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                                        + "Upgrade: SPDY/3.1\r\n"
                                        + "X-Stream-Protocol-Version: "
                                        + protocol
                                        + "\r\n\r\n")
                                .getBytes(US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) read());
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException(head.toString());
        }
    }

    /** Opens a stream; without a request's id it is one of an old client. */
    int open(String type, int port, String request) throws IOException {
        lastStream += 2;
        var opening = new DefaultSpdySynStreamFrame(lastStream, 0, (byte) 0);
        opening.headers().add("streamtype", type).add("port", Integer.toString(port));
        if (!request.isEmpty()) {
            opening.headers().add("requestid", request);
        }
        received.put(lastStream, new ByteArrayOutputStream());
        send(opening);
        return lastStream;
    }

    void send(int stream, byte[] bytes) throws IOException {
        send(new DefaultSpdyDataFrame(stream, Unpooled.wrappedBuffer(bytes)));
    }

    /** Says that no more comes. */
    void end(int stream) throws IOException {
        send(new DefaultSpdyDataFrame(stream).setLast(true));
    }

    void reset(int stream) throws IOException {
        send(new DefaultSpdyRstStreamFrame(stream, 5));
    }

    /** All of a stream, up to its end. */
    byte[] readToEnd(int stream) throws IOException {
        while (!ended.contains(stream)) {
            if (reset.contains(stream)) {
                throw new IOException("the stream was reset");
            }
            receive();
        }
        return received(stream).toByteArray();
    }

    private ByteArrayOutputStream received(int stream) {
        return Objects.requireNonNull(received.get(stream), "no such stream");
    }

    /** The first so many bytes of a stream, as text. */
    String read(int stream, int length) throws IOException {
        while (received(stream).size() < length) {
            receive();
        }
        return received(stream).toString(UTF_8).substring(0, length);
    }

    void awaitReset(int stream) throws IOException {
        while (!reset.contains(stream)) {
            receive();
        }
    }

    /** That the server takes no more streams. */
    void awaitGoAway() throws IOException {
        while (!goingAway) {
            receive();
        }
    }

    /** That the server has closed the connection, whatever comes before. */
    void awaitClose() throws IOException {
        try {
            while (true) {
                receive();
            }
        } catch (EOFException closed) {
            // As it should be.
        }
    }

    /** Closes the connection. */
    void hangUp() throws IOException {
        socket.close();
    }

    private int read() throws IOException {
        int next = socket.getInputStream().read();
        if (next < 0) {
            throw new EOFException("the server has closed the connection");
        }
        return next;
    }

    private void receive() throws IOException {
        byte[] bytes = new byte[64 << 10];
        int count = socket.getInputStream().read(bytes);
        if (count < 0) {
            throw new EOFException("the server has closed the connection");
        }
        codec.writeInbound(Unpooled.wrappedBuffer(bytes, 0, count));
        for (Object frame = codec.readInbound(); frame != null; frame = codec.readInbound()) {
            take((SpdyFrame) frame);
        }
    }

    private void take(SpdyFrame frame) {
        switch (frame) {
            case SpdyDataFrame data -> {
                received(data.streamId()).writeBytes(ByteBufUtil.getBytes(data.content()));
                data.release();
                if (data.isLast()) {
                    ended.add(data.streamId());
                }
            }
            case SpdyGoAwayFrame _ -> goingAway = true;
            case SpdyRstStreamFrame broken -> reset.add(broken.streamId());
            default -> {}
        }
    }

    private void send(SpdyFrame frame) throws IOException {
        codec.writeOutbound(frame);
        for (ByteBuf bytes = codec.readOutbound(); bytes != null; bytes = codec.readOutbound()) {
            socket.getOutputStream().write(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
    }

    @Override
    public void close() throws IOException {
        codec.finishAndReleaseAll();
        socket.close();
    }
}
