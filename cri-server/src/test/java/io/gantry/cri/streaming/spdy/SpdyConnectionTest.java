package io.gantry.cri.streaming.spdy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Tasks;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class SpdyConnectionTest {

    private final EmbeddedChannel client =
            new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    private final EmbeddedChannel server = new EmbeddedChannel(new BoundedSpdyCodec());
    private final SpdyConnection connection = new SpdyConnection(new Wire(server));
    private final List<SpdyStream> opened = new ArrayList<>();

    SpdyConnectionTest() {
        connection.listen(opened::add);
        server.pipeline().addLast(connection);
    }

    @AfterEach
    void release() {
        client.finishAndReleaseAll();
        server.finishAndReleaseAll();
    }

    @Test
    void aStreamIsAnsweredWithAHeaderBlock() {
        send(syn(1, "stdin"));

        assertThat(opened).hasSize(1);
        assertThat(opened.getFirst().header("streamType")).isEqualTo("stdin");
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
    }

    @Test
    void inputArrivesInOrderAndEnds() throws Exception {
        send(syn(1, "stdin"));
        send(data(1, "a"));
        send(data(1, "b").setLast(true));

        SpdyStream stream = opened.getFirst();
        assertThat(stream.read()).isEqualTo("a".getBytes(UTF_8));
        assertThat(stream.read()).isEqualTo("b".getBytes(UTF_8));
        assertThat(stream.read()).isNull();
    }

    @Test
    void aStreamThatIsHalfClosedStillSends() throws Exception {
        send(syn(1, "data").setLast(true));
        SpdyStream stream = opened.getFirst();
        assertThat(stream.read()).isNull();
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();

        stream.write("back".getBytes(UTF_8));
        stream.endOutput();
        exchange();

        SpdyDataFrame sent = received(SpdyDataFrame.class);
        assertThat(sent.content().toString(UTF_8)).isEqualTo("back");
        sent.release();
        SpdyDataFrame end = received(SpdyDataFrame.class);
        assertThat(end.isLast()).isTrue();
        end.release();
    }

    @Test
    void aResetStreamFailsWhoReadsAndWhoWrites() {
        send(syn(1, "data"));
        send(new DefaultSpdyRstStreamFrame(1, SpdyStreamStatus.CANCEL));

        SpdyStream stream = opened.getFirst();
        assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> stream.write(new byte[1])).isInstanceOf(IOException.class);
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void aLostConnectionFailsWhoReadsAndWhoWrites() {
        send(syn(1, "data"));
        Future<?> _ = server.close();

        SpdyStream stream = opened.getFirst();
        assertThatThrownBy(stream::read)
                .isInstanceOf(IOException.class)
                .hasMessage("the client is gone");
        assertThatThrownBy(() -> stream.write(new byte[1])).isInstanceOf(IOException.class);
    }

    @Test
    void windowsGrowAsInputIsTakenAndNotBefore() throws Exception {
        send(syn(1, "stdin"));
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        send(new DefaultSpdyDataFrame(1, Unpooled.wrappedBuffer(new byte[40_000])));
        Object more = client.readInbound();
        assertThat(more).isNull();

        assertThat(opened.getFirst().read()).hasSize(40_000);
        exchange();
        more = client.readInbound();
        assertThat(more).isNull();
        passAMoment();

        SpdyWindowUpdateFrame one = received(SpdyWindowUpdateFrame.class);
        SpdyWindowUpdateFrame other = received(SpdyWindowUpdateFrame.class);
        assertThat(List.of(one.streamId(), other.streamId())).containsExactlyInAnyOrder(0, 1);
        assertThat(one.deltaWindowSize()).isEqualTo(40_000);
    }

    @Test
    void aClientThatSendsOnWithoutAGrantGetsNoneForItHeedsNone() throws Exception {
        send(syn(1, "stdin"));
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        for (int i = 0; i < 10; i++) {
            send(new DefaultSpdyDataFrame(1, Unpooled.wrappedBuffer(new byte[40_000])));
            assertThat(opened.getFirst().read()).hasSize(40_000);
        }
        passAMoment();
        Object grant = client.readInbound();
        assertThat(grant).isNull();
    }

    @Test
    void aClientThatHeedsWindowsMaySendAsMuchAsItLikesWhenAllIsTaken() throws Exception {
        send(syn(1, "stdin"));
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        int stream = 64 << 10;
        int connection = 64 << 10;
        for (int sent = 0; sent < 1_000_000; sent += 16 << 10) {
            if (Math.min(stream, connection) < 16 << 10) {
                passAMoment();
                for (SpdyWindowUpdateFrame grant : grants()) {
                    stream += grant.streamId() == 1 ? grant.deltaWindowSize() : 0;
                    connection += grant.streamId() == 0 ? grant.deltaWindowSize() : 0;
                }
            }
            stream -= 16 << 10;
            connection -= 16 << 10;
            assertThat(Math.min(stream, connection)).as("after " + sent).isNotNegative();
            send(new DefaultSpdyDataFrame(1, Unpooled.wrappedBuffer(new byte[16 << 10])));
            assertThat(opened.getFirst().read()).hasSize(16 << 10);
        }
    }

    private List<SpdyWindowUpdateFrame> grants() {
        List<SpdyWindowUpdateFrame> all = new ArrayList<>();
        for (Object next = client.readInbound(); next != null; next = client.readInbound()) {
            if (next instanceof SpdyWindowUpdateFrame grant) {
                all.add(grant);
            }
        }
        return all;
    }

    /** As long as first grants are withheld. */
    private void passAMoment() {
        server.advanceTimeBy(10, TimeUnit.MILLISECONDS);
        server.runScheduledPendingTasks();
        exchange();
    }

    @Test
    void aClientThatKeepsNoWindowsIsNotHeldToThem() throws Exception {
        send(syn(1, "stdout"));
        opened.getFirst().write(new byte[300_000]);
        exchange();

        assertThat(dataBytes()).isEqualTo(300_000);
    }

    @Test
    void aClientThatKeepsWindowsGetsNoMoreThanItAllows() throws Exception {
        send(
                new DefaultSpdySettingsFrame()
                        .setValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE, 1000));
        send(syn(1, "stdout"));
        CountDownLatch written = new CountDownLatch(1);
        SpdyStream stream = opened.getFirst();
        Thread writer =
                Tasks.start(
                        "writer",
                        () -> {
                            try {
                                stream.write(new byte[1500]);
                                written.countDown();
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        int first = awaitData(1000);
        assertThat(first).isEqualTo(1000);
        assertThat(written.getCount()).isOne();

        send(new DefaultSpdyWindowUpdateFrame(1, 500));
        assertThat(awaitData(500)).isEqualTo(500);
        assertThat(written.await(60, TimeUnit.SECONDS)).isTrue();
        writer.join();
    }

    @Test
    void aWindowThatOverflowsResetsItsStream() {
        send(syn(1, "stdout"));
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        send(new DefaultSpdyWindowUpdateFrame(1, Integer.MAX_VALUE));

        assertThat(received(SpdyRstStreamFrame.class).status())
                .isEqualTo(SpdyStreamStatus.FLOW_CONTROL_ERROR);
    }

    @Test
    void dataOfAStreamThatNeverWasIsRefused() {
        send(data(7, "x"));

        assertThat(received(SpdyRstStreamFrame.class).status())
                .isEqualTo(SpdyStreamStatus.INVALID_STREAM);
        assertThat(server.isOpen()).isTrue();
    }

    @Test
    void dataAfterTheEndResetsTheStream() {
        send(syn(1, "stdin"));
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        send(data(1, "x").setLast(true));
        send(data(1, "y"));

        assertThat(received(SpdyRstStreamFrame.class).status())
                .isEqualTo(SpdyStreamStatus.STREAM_ALREADY_CLOSED);
    }

    @Test
    void streamsThatNobodyWantsAreRefused() {
        connection.listen(stream -> false);
        send(syn(1, "nonsense"));

        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        assertThat(received(SpdyRstStreamFrame.class).status())
                .isEqualTo(SpdyStreamStatus.REFUSED_STREAM);
    }

    @Test
    void aStreamNumberUsedAgainEndsTheConnection() {
        send(syn(3, "stdin"));
        assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        send(syn(1, "stdout"));

        assertThat(received(SpdyGoAwayFrame.class)).isNotNull();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void streamsBeyondTheLimitAreRefused() {
        for (int id = 1; id < 2 * 1024; id += 2) {
            send(syn(id, "data"));
            assertThat(received(SpdySynReplyFrame.class)).isNotNull();
        }
        send(syn(2 * 1024 + 1, "data"));

        assertThat(received(SpdyRstStreamFrame.class).status())
                .isEqualTo(SpdyStreamStatus.REFUSED_STREAM);
    }

    @Test
    void headersThatInflateToMuchAreRefused() {
        SpdySynStreamFrame bomb = syn(1, "stdin");
        bomb.headers().add("bomb", "0".repeat(60_000));
        send(bomb);

        assertThat(opened).isEmpty();
        assertThat(received(SpdyRstStreamFrame.class).status())
                .isEqualTo(SpdyStreamStatus.PROTOCOL_ERROR);
    }

    @Test
    void manyBytesOfHeadersEndTheConnectionBeforeTheyAreInflated() {
        SpdySynStreamFrame bomb = syn(1, "stdin");
        StringBuilder noise = new StringBuilder();
        new Random(1).ints(60_000, 'a', 'z').forEach(c -> noise.append((char) c));
        bomb.headers().add("noise", noise);
        send(bomb);

        assertThat(opened).isEmpty();
        assertThat(server.isOpen()).isFalse();
    }

    @Test
    void pingsAreAnswered() {
        send(new DefaultSpdyPingFrame(5));

        assertThat(received(SpdyPingFrame.class).id()).isEqualTo(5);
    }

    private static SpdySynStreamFrame syn(int id, String type) {
        SpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(id, 0, (byte) 0);
        frame.headers().add("streamtype", type);
        return frame;
    }

    private static SpdyDataFrame data(int id, String text) {
        return new DefaultSpdyDataFrame(id, Unpooled.copiedBuffer(text, UTF_8));
    }

    private void send(Object frame) {
        client.writeOutbound(frame);
        exchange();
    }

    private void exchange() {
        for (ByteBuf bytes = client.readOutbound(); bytes != null; bytes = client.readOutbound()) {
            if (server.isOpen()) {
                server.writeInbound(bytes);
            } else {
                bytes.release();
            }
        }
        server.runPendingTasks();
        for (ByteBuf bytes = server.readOutbound(); bytes != null; bytes = server.readOutbound()) {
            client.writeInbound(bytes);
        }
    }

    private <T> T received(Class<T> type) {
        return type.cast(client.readInbound());
    }

    private int awaitData(int wanted) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        int bytes = 0;
        while (bytes < wanted && System.nanoTime() < end) {
            exchange();
            bytes += dataBytes();
        }
        return bytes;
    }

    private int dataBytes() {
        int bytes = 0;
        for (Object frame = client.readInbound(); frame != null; frame = client.readInbound()) {
            if (frame instanceof SpdyDataFrame data) {
                bytes += data.content().readableBytes();
                data.release();
            }
        }
        return bytes;
    }
}
