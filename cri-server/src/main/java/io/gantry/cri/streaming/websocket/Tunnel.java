package io.gantry.cri.streaming.websocket;

import io.gantry.cri.streaming.wire.Farewell;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;

/** Carries the bytes of another protocol in binary messages. */
public final class Tunnel extends ChannelDuplexHandler {

    private final Wire wire;

    public Tunnel(Wire wire) {
        this.wire = wire;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        switch (message) {
            case BinaryWebSocketFrame binary -> ctx.fireChannelRead(binary.content());
            case PingWebSocketFrame ping -> wire.reply(ctx, new PongWebSocketFrame(ping.content()));
            case CloseWebSocketFrame close -> {
                close.release();
                ChannelFuture _ =
                        ctx.writeAndFlush(
                                new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
                ChannelFuture _ = ctx.close();
            }
            case WebSocketFrame other -> {
                boolean _ = other.release();
            }
            default -> ctx.fireChannelRead(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
        if (event == Farewell.DAEMON_STOPS) {
            ChannelFuture _ =
                    ctx.writeAndFlush(
                            new CloseWebSocketFrame(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE));
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf bytes && bytes.isReadable()) {
            ChannelFuture _ = ctx.write(new BinaryWebSocketFrame(bytes), promise);
        } else {
            ChannelFuture _ = ctx.write(message, promise);
        }
    }
}
