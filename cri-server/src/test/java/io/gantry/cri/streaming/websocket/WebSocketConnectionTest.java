package io.gantry.cri.streaming.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.cri.streaming.wire.Wire;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.Future;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages as a peer gets them, from an event loop of its own. */
@Timeout(60)
class WebSocketConnectionTest {

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    private final BlockingQueue<WebSocketConnection> made = new LinkedBlockingQueue<>();
    private final BlockingQueue<Class<?>> came = new LinkedBlockingQueue<>();
    private WebSocketConnection connection;

    @BeforeEach
    void connect() throws Exception {
        LocalAddress address = new LocalAddress(WebSocketConnectionTest.class);
        new ServerBootstrap()
                .group(loops)
                .channel(LocalServerChannel.class)
                .childHandler(new Served())
                .bind(address)
                .sync();
        new Bootstrap()
                .group(loops)
                .channel(LocalChannel.class)
                .handler(new Received())
                .connect(address)
                .sync();
        connection = made.take();
    }

    @AfterEach
    void end() {
        Future<?> _ = loops.shutdownGracefully();
    }

    @Test
    void whatAThreadHasWrittenIsSentBeforeTheEndThatTheEventLoopDecides() throws Exception {
        connection
                .wire()
                .channel()
                .eventLoop()
                .submit(
                        () -> {
                            Thread.ofPlatform().start(this::tell).join();
                            connection.finish();
                            return null;
                        })
                .sync();
        assertThat(came.take()).isEqualTo(BinaryWebSocketFrame.class);
        assertThat(came.take()).isEqualTo(CloseWebSocketFrame.class);
    }

    private void tell() {
        try {
            connection.channel(1).write("why".getBytes(UTF_8));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Served extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            var served = new WebSocketConnection(new Wire(channel), ChannelCoding.BINARY, false, 2);
            channel.pipeline().addLast(served);
            made.add(served);
        }
    }

    private final class Received extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
            came.add(frame.getClass());
        }
    }
}
