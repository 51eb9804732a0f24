package io.gantry.cri.streaming.spdy;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cri.streaming.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpdyConnectionTest {

    private final EmbeddedChannel client =
            new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
    private final EmbeddedChannel server = new EmbeddedChannel(new BoundedSpdyCodec());
    private final List<SpdyStream> opened = new ArrayList<>();

    SpdyConnectionTest() {
        SpdyConnection connection = new SpdyConnection(new Wire(server));
        connection.listen(opened::add);
        server.pipeline().addLast(connection);
    }

    @Test
    void aStreamIsAnswered() {
        SpdySynStreamFrame frame = new DefaultSpdySynStreamFrame(1, 0, (byte) 0);
        frame.headers().add("streamtype", "stdin");
        client.writeOutbound(frame);
        exchange();
        assertThat(opened).hasSize(1);
        assertThat(opened.getFirst().header("streamType")).isEqualTo("stdin");
        Object reply = client.readInbound();
        assertThat(reply).isInstanceOf(SpdySynReplyFrame.class);
    }

    private void exchange() {
        for (ByteBuf bytes = client.readOutbound(); bytes != null; bytes = client.readOutbound()) {
            server.writeInbound(bytes);
        }
        for (ByteBuf bytes = server.readOutbound(); bytes != null; bytes = server.readOutbound()) {
            client.writeInbound(bytes);
        }
    }
}
