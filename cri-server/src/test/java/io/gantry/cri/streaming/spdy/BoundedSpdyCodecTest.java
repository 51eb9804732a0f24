package io.gantry.cri.streaming.spdy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedSpdyCodecTest {

    /** Before data that is offered. */
    private static final int ROOM = 8;

    private final EmbeddedChannel peer =
            new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    private final EmbeddedChannel channel = new EmbeddedChannel(new BoundedSpdyCodec());

    @AfterEach
    void release() {
        peer.finishAndReleaseAll();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7, 8, 9, 100, 5000, 1_000_000})
    void framesThatComeInPiecesAreTheSameAsWhole(int most) {
        byte[] data = random(20_000);
        byte[] sent =
                encoded(
                        opening(),
                        new DefaultSpdyPingFrame(1),
                        new DefaultSpdyDataFrame(1, Unpooled.wrappedBuffer(data)),
                        new DefaultSpdyDataFrame(1),
                        new DefaultSpdyWindowUpdateFrame(1, 7),
                        new DefaultSpdyDataFrame(1, Unpooled.wrappedBuffer(data)).setLast(true),
                        new DefaultSpdyDataFrame(3).setLast(true),
                        new DefaultSpdyPingFrame(3));
        Random random = new Random(most);
        for (int from = 0; from < sent.length; ) {
            int length = Math.min(1 + random.nextInt(most), sent.length - from);
            channel.writeInbound(Unpooled.copiedBuffer(sent, from, length));
            from += length;
        }
        String bytes = "data 1 of " + Arrays.hashCode(data);
        assertThat(received())
                .containsExactly(
                        "stream 1 stdin",
                        "ping 1",
                        bytes,
                        "window 1 by 7",
                        bytes + ", the last",
                        "data 3 of " + Arrays.hashCode(new byte[0]) + ", the last",
                        "ping 3");
    }

    @Test
    void dataIsPassedOnBeforeAllOfItsFrameIsThere() {
        byte[] sent = encoded(new DefaultSpdyDataFrame(1, Unpooled.wrappedBuffer(random(1000))));
        channel.writeInbound(Unpooled.copiedBuffer(sent, 0, 400));
        SpdyDataFrame part = channel.readInbound();
        assertThat(part.content().readableBytes()).isEqualTo(392);
        part.release();
    }

    @Test
    void largeDataWithRoomBeforeItIsSentFromWhereItIs() {
        byte[] data = random(40_000);
        ByteBuf bytes = Unpooled.directBuffer(ROOM + data.length).writeZero(ROOM).writeBytes(data);
        bytes.skipBytes(ROOM);
        channel.writeOutbound(new DefaultSpdyDataFrame(5, bytes).setLast(true));
        ByteBuf frame = channel.readOutbound();
        assertThat(frame).isSameAs(bytes);
        assertThat(decoded(frame))
                .containsExactly("data 5 of " + Arrays.hashCode(data) + ", the last");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 40_000})
    void otherDataIsCopied(int size) {
        byte[] data = random(size);
        channel.writeOutbound(new DefaultSpdyDataFrame(5, Unpooled.wrappedBuffer(data)));
        ByteBuf bytes = Unpooled.directBuffer(size + 1).writeBytes(data);
        channel.writeOutbound(new DefaultSpdyDataFrame(7, bytes).setLast(true));
        assertThat(bytes.refCnt()).isZero();
        List<String> came = new ArrayList<>();
        for (ByteBuf frame = channel.readOutbound();
                frame != null;
                frame = channel.readOutbound()) {
            came.addAll(decoded(frame));
        }
        String last = "data 7 of " + Arrays.hashCode(data) + ", the last";
        if (size == 0) {
            assertThat(came).containsExactly(last);
        } else {
            assertThat(came).containsExactly("data 5 of " + Arrays.hashCode(data), last);
        }
    }

    @Test
    void dataOfNoStreamIsAnError() {
        byte[] header = {0, 0, 0, 0, 0, 0, 0, 1, 'x'};
        assertThatThrownBy(() -> channel.writeInbound(Unpooled.copiedBuffer(header)))
                .hasMessageContaining("invalid frame");
    }

    private static DefaultSpdySynStreamFrame opening() {
        DefaultSpdySynStreamFrame opening = new DefaultSpdySynStreamFrame(1, 0, (byte) 0);
        opening.headers().set("streamtype", "stdin");
        return opening;
    }

    private byte[] encoded(SpdyFrame... frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (SpdyFrame frame : frames) {
            peer.writeOutbound(frame);
            for (ByteBuf bytes = peer.readOutbound(); bytes != null; bytes = peer.readOutbound()) {
                all.writeBytes(ByteBufUtil.getBytes(bytes));
                bytes.release();
            }
        }
        return all.toByteArray();
    }

    private List<String> decoded(ByteBuf bytes) {
        peer.writeInbound(bytes);
        return told(peer);
    }

    private List<String> received() {
        return told(channel);
    }

    /** What came, with the parts of a frame put together. */
    private static List<String> told(EmbeddedChannel from) {
        List<String> told = new ArrayList<>();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (Object frame = from.readInbound(); frame != null; frame = from.readInbound()) {
            switch (frame) {
                case SpdyDataFrame part -> {
                    data.writeBytes(ByteBufUtil.getBytes(part.content()));
                    if (part.isLast()) {
                        told.add(described(part, data) + ", the last");
                    } else if (data.size() > 0 && isWhole(from)) {
                        told.add(described(part, data));
                    }
                }
                case SpdyPingFrame ping -> told.add("ping " + ping.id());
                case SpdyWindowUpdateFrame update ->
                        told.add("window " + update.streamId() + " by " + update.deltaWindowSize());
                case SpdySynStreamFrame opening ->
                        told.add(
                                "stream "
                                        + opening.streamId()
                                        + " "
                                        + opening.headers().getAsString("streamtype"));
                default -> told.add(frame.toString());
            }
            ReferenceCountUtil.release(frame);
        }
        return told;
    }

    /** What follows is of another frame. */
    private static boolean isWhole(EmbeddedChannel from) {
        return !(from.inboundMessages().peek() instanceof SpdyDataFrame next)
                || !next.content().isReadable();
    }

    private static String described(SpdyDataFrame part, ByteArrayOutputStream data) {
        String text = "data " + part.streamId() + " of " + Arrays.hashCode(data.toByteArray());
        data.reset();
        return text;
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
