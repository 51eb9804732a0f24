package io.gantry.cri.streaming.websocket;

import io.gantry.cri.streaming.wire.Farewell;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The server's side of a WebSocket connection whose messages another handler has put together, with
 * a fixed number of channels. What comes for a channel that there is not is dropped, as other
 * servers do.
 */
public final class WebSocketConnection extends ChannelInboundHandlerAdapter {

    /** Says that a channel's input has ended, where the protocol knows it. */
    private static final int CLOSE_CHANNEL = 255;

    private final Wire wire;
    private final ChannelCoding coding;
    private final boolean closeSignal;
    private final List<WebSocketChannel> channels;

    /** Nothing of what still comes is heard; of the event loop. */
    private boolean broken;

    /**
     * A connection with channels 0 to {@code channels} - 1.
     *
     * @param closeSignal whether the client may end single channels, as from version 5 on
     */
    public WebSocketConnection(Wire wire, ChannelCoding coding, boolean closeSignal, int channels) {
        this.wire = wire;
        this.coding = coding;
        this.closeSignal = closeSignal;
        this.channels =
                IntStream.range(0, channels).mapToObj(i -> new WebSocketChannel(this, i)).toList();
    }

    Wire wire() {
        return wire;
    }

    ChannelCoding coding() {
        return coding;
    }

    /** One of the channels. */
    public WebSocketChannel channel(int number) {
        return channels.get(number);
    }

    /** Says farewell and closes once everything is sent, also what other threads wrote before. */
    public void finish() {
        wire.onLoop(
                () -> {
                    wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
                    wire.finish();
                });
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        try {
            if (broken) {
                return;
            }
            switch (frame) {
                case BinaryWebSocketFrame message -> message(message.content());
                case TextWebSocketFrame message -> message(message.content());
                case PingWebSocketFrame ping ->
                        wire.reply(new PongWebSocketFrame(ping.content().retain()));
                case CloseWebSocketFrame _ -> {
                    wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
                    lost("the client has closed the connection");
                    breakOff();
                }
                default -> {}
            }
        } finally {
            ReferenceCountUtil.release(frame);
        }
    }

    /** Sends the answers to all that was read at once. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        wire.stateChanged();
        if (wire.isWritable()) {
            channels.forEach(WebSocketChannel::ready);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
        if (event == Farewell.DAEMON_STOPS) {
            broken = true;
            wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE));
            lost("the daemon stops");
            wire.part();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lost("the client is gone");
        wire.stateChanged();
    }

    /** What could not be decoded, or a connection that was reset. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.MESSAGE_TOO_BIG));
        } else if (cause instanceof CorruptedFrameException) {
            wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.PROTOCOL_ERROR));
        }
        breakOff();
    }

    private void message(ByteBuf content) {
        if (!content.isReadable()) {
            return;
        }
        Optional<ChannelCoding.Message> decoded = coding.decode(content);
        if (decoded.isEmpty()) {
            wire.sendNow(new CloseWebSocketFrame(WebSocketCloseStatus.INVALID_PAYLOAD_DATA));
            breakOff();
            return;
        }
        int number = decoded.get().channel();
        byte[] bytes = decoded.get().bytes();
        if (closeSignal && number == CLOSE_CHANNEL) {
            if (bytes.length == 1 && isChannel(bytes[0])) {
                channels.get(bytes[0]).inputEnded();
            }
        } else if (isChannel(number)) {
            channels.get(number).received(bytes);
        }
    }

    private boolean isChannel(int number) {
        return number >= 0 && number < channels.size();
    }

    private void breakOff() {
        broken = true;
        wire.close();
    }

    private void lost(String why) {
        channels.forEach(channel -> channel.broke(why));
    }
}
