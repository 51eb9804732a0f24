package io.gantry.cri.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cri.streaming.spdy.BoundedSpdyCodec;
import io.gantry.cri.streaming.spdy.SpdyConnection;
import io.gantry.cri.streaming.spdy.SpdyStream;
import io.gantry.cri.streaming.websocket.ChannelCoding;
import io.gantry.cri.streaming.websocket.Tunnel;
import io.gantry.cri.streaming.websocket.WebSocketConnection;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyHeadersFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Conversations that are valid but for some bytes, the same ones each time. Nothing may escape the
 * handlers, and nobody may be left waiting on a stream once the connection is gone.
 */
@Timeout(120)
class FrameFuzzTest {

    private static final int CASES = 3000;
    private static final int MOST = 64 << 10;

    @Test
    void damagedSpdyIsAnsweredOrEnded() throws Exception {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            spdy(seed, damaged(conversation(random), random), random, false);
        }
    }

    @Test
    void damagedWebSocketMessagesAreAnsweredOrEnded() {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            EmbeddedChannel server = new EmbeddedChannel(webSocket());
            WebSocketConnection connection =
                    new WebSocketConnection(
                            new Wire(server),
                            random.nextBoolean() ? ChannelCoding.BINARY : ChannelCoding.BASE64,
                            random.nextBoolean(),
                            5);
            server.pipeline().addLast(connection);
            feed(server, damaged(messages(random), random), random);
            end(seed, server);
        }
    }

    @Test
    void damagedSpdyInATunnelIsAnsweredOrEnded() throws Exception {
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            EmbeddedChannel client = new EmbeddedChannel(new WebSocket13FrameEncoder(true));
            byte[] inner = damaged(conversation(random), random);
            client.writeOutbound(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(inner)));
            byte[] outer = drained(client);
            spdy(seed, outer, random, true);
        }
    }

    private static void spdy(int seed, byte[] bytes, Random random, boolean tunnelled)
            throws Exception {
        EmbeddedChannel server = new EmbeddedChannel();
        Wire wire = new Wire(server);
        if (tunnelled) {
            server.pipeline().addLast(webSocket()).addLast(new Tunnel(wire));
        }
        List<SpdyStream> streams = new ArrayList<>();
        SpdyConnection connection = new SpdyConnection(wire);
        connection.listen(stream -> random.nextInt(4) != 0 && streams.add(stream));
        server.pipeline().addLast(new BoundedSpdyCodec(), connection);
        feed(server, bytes, random);
        end(seed, server);
        for (SpdyStream stream : streams) {
            drain(stream);
        }
    }

    /** Ends, well or with a failure, as the connection is gone. */
    private static void drain(SpdyStream stream) throws InterruptedException {
        try {
            while (stream.read() != null) {
                // What came before the end.
            }
        } catch (java.io.IOException gone) {
            assertThat(gone).hasMessageNotContaining("null");
        }
    }

    private static void feed(EmbeddedChannel server, byte[] bytes, Random random) {
        int from = 0;
        while (from < bytes.length && server.isOpen()) {
            int length = Math.min(1 + random.nextInt(200), bytes.length - from);
            server.writeInbound(Unpooled.copiedBuffer(bytes, from, length));
            from += length;
        }
    }

    private static void end(int seed, EmbeddedChannel server) {
        server.runPendingTasks();
        server.checkException();
        assertThat(drained(server).length).as("answers, seed %d", seed).isLessThan(MOST);
        Future<?> _ = server.close();
        server.finishAndReleaseAll();
        assertThat(server.isOpen()).as("seed %d", seed).isFalse();
    }

    private static byte[] conversation(Random random) {
        EmbeddedChannel client = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
        int frames = 1 + random.nextInt(12);
        for (int i = 0; i < frames; i++) {
            client.writeOutbound(frame(random, i));
        }
        return drained(client);
    }

    private static SpdyFrame frame(Random random, int at) {
        int stream = 1 + random.nextInt(8);
        return switch (random.nextInt(8)) {
            case 0, 1 -> {
                var opening = new DefaultSpdySynStreamFrame(2 * at + 1, 0, (byte) 0);
                opening.headers().add("streamtype", "data").add("port", "80");
                yield opening.setLast(random.nextInt(5) == 0);
            }
            case 2 -> {
                byte[] bytes = new byte[random.nextInt(500)];
                random.nextBytes(bytes);
                yield new DefaultSpdyDataFrame(stream, Unpooled.wrappedBuffer(bytes))
                        .setLast(random.nextInt(5) == 0);
            }
            case 3 -> new DefaultSpdyRstStreamFrame(stream, 1 + random.nextInt(11));
            case 4 ->
                    new DefaultSpdyWindowUpdateFrame(
                            random.nextInt(9), 1 + random.nextInt(1 << 30));
            case 5 -> new DefaultSpdyPingFrame(random.nextInt());
            case 6 ->
                    new DefaultSpdySettingsFrame()
                            .setValue(
                                    SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE,
                                    random.nextInt(1 << 20));
            default ->
                    random.nextBoolean()
                            ? new DefaultSpdyGoAwayFrame(random.nextInt(9), random.nextInt(3))
                            : new DefaultSpdyHeadersFrame(stream);
        };
    }

    private static byte[] messages(Random random) {
        EmbeddedChannel client = new EmbeddedChannel(new WebSocket13FrameEncoder(true));
        for (int i = random.nextInt(6); i >= 0; i--) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) (random.nextInt(8) == 0 ? 255 : random.nextInt(6));
            }
            client.writeOutbound(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(bytes)));
        }
        return drained(client);
    }

    private static ChannelHandler[] webSocket() {
        return new ChannelHandler[] {
            new WebSocket13FrameEncoder(false),
            new WebSocket13FrameDecoder(true, false, MOST),
            new WebSocketFrameAggregator(MOST)
        };
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return bytes;
    }

    private static byte[] drained(EmbeddedChannel channel) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuf bytes = channel.readOutbound();
                bytes != null;
                bytes = channel.readOutbound()) {
            all.writeBytes(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
        return all.toByteArray();
    }
}
