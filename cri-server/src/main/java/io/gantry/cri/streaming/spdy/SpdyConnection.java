package io.gantry.cri.streaming.spdy;

import io.gantry.cri.streaming.wire.Farewell;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionStatus;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The server's side of a SPDY/3.1 connection whose frames another handler has decoded. Streams are
 * opened by the client only. A frame that breaks the rules of a stream resets it, one that breaks
 * those of the connection ends that.
 */
public final class SpdyConnection extends ChannelInboundHandlerAdapter {

    private static final int MAX_STREAMS = 1024;
    private static final int CONNECTION = 0;

    private final Wire wire;
    private final SendWindows windows = new SendWindows();
    private final Grants grants;
    private final ReceiveWindow received;
    private final Map<Integer, SpdyStream> streams = new ConcurrentHashMap<>();

    /** Of the event loop, as what follows. */
    private StreamListener listener = stream -> false;

    private int lastStream;

    private boolean ending;

    /** Nothing of what still comes is heard. */
    private boolean broken;

    /** Refuses streams until somebody {@link #listen listens}. */
    public SpdyConnection(Wire wire) {
        this.wire = wire;
        this.grants = new Grants(wire.channel().eventLoop(), this::grantDue);
        this.received = new ReceiveWindow(CONNECTION, grants, this::grant);
    }

    /** Has a listener told of streams; before any frame is read. */
    public void listen(StreamListener told) {
        listener = told;
    }

    /** Is told of the streams that the client opens. */
    @FunctionalInterface
    public interface StreamListener {
        /**
         * A new one, on the event loop.
         *
         * @return whether it is of use; otherwise it is refused
         */
        boolean opened(SpdyStream stream);
    }

    Wire wire() {
        return wire;
    }

    SendWindows windows() {
        return windows;
    }

    /** Says that no further stream is taken and closes once everything is sent. */
    public void finish() {
        wire.onLoop(
                () -> {
                    ending = true;
                    goAway(SpdySessionStatus.OK);
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
                case SpdyDataFrame data -> data(data);
                case SpdySynStreamFrame opening -> open(opening);
                case SpdySynReplyFrame reply ->
                        reset(reply.streamId(), SpdyStreamStatus.INVALID_STREAM);
                case SpdyRstStreamFrame reset -> brokenOff(reset.streamId());
                case SpdyHeadersFrame headers -> headers(headers);
                case SpdyWindowUpdateFrame update -> grow(update);
                case SpdySettingsFrame settings -> settings(settings);
                case SpdyPingFrame ping -> pong(ping);
                case SpdyGoAwayFrame _ -> ending = true;
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
            ready(CONNECTION);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Farewell.DAEMON_STOPS) {
            broken = true;
            goAway(SpdySessionStatus.OK);
            lost("the daemon stops");
            wire.part();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lost("the client is gone");
        wire.stateChanged();
    }

    private void lost(String why) {
        windows.connectionGone();
        List.copyOf(streams.values()).forEach(stream -> stream.broke(why));
    }

    /** What could not be decoded, or a connection that was reset. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        breakOff();
    }

    /** A stream, or the connection, takes more. */
    private void ready(int id) {
        if (id == CONNECTION) {
            List.copyOf(streams.values()).forEach(SpdyStream::ready);
            return;
        }
        SpdyStream stream = streams.get(id);
        if (stream != null) {
            stream.ready();
        }
    }

    /** The stream ended in both directions; from any thread. */
    void forget(SpdyStream stream) {
        streams.remove(stream.id(), stream);
        windows.close(stream.id());
    }

    /** Lets the client send more, on a stream and thereby in all; from any thread. */
    void grant(int stream, int bytes) {
        if (stream == CONNECTION || streams.containsKey(stream)) {
            wire.sendNow(new DefaultSpdyWindowUpdateFrame(stream, bytes));
        }
    }

    private void grantDue() {
        took(0);
        streams.values().forEach(stream -> stream.took(0));
    }

    Grants grants() {
        return grants;
    }

    /** Data was taken or dropped; from any thread. */
    void took(int bytes) {
        received.took(bytes);
    }

    private void open(SpdySynStreamFrame frame) {
        int id = frame.streamId();
        if (id <= lastStream || id % 2 == 0) {
            breakOff();
            return;
        }
        lastStream = id;
        if (frame.isInvalid() || frame.isTruncated() || frame.isUnidirectional()) {
            reset(id, SpdyStreamStatus.PROTOCOL_ERROR);
            return;
        }
        SpdyStream stream = new SpdyStream(this, id, frame.headers());
        if (ending || streams.size() >= MAX_STREAMS) {
            reset(id, SpdyStreamStatus.REFUSED_STREAM);
            return;
        }
        streams.put(id, stream);
        windows.open(id);
        // The answer comes before all that the listener may send.
        wire.reply(accepted(id));
        if (frame.isLast()) {
            stream.inputEnded();
        }
        if (!listener.opened(stream)) {
            stream.broke("refused");
            reset(id, SpdyStreamStatus.REFUSED_STREAM);
        }
    }

    /** An answer without any header has no header block, for which Go's library waits in vain. */
    private static SpdySynReplyFrame accepted(int id) {
        SpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(id);
        reply.headers().set(":status", "200").set(":version", "HTTP/1.1");
        return reply;
    }

    private void data(SpdyDataFrame frame) {
        SpdyStream stream = streams.get(frame.streamId());
        int length = frame.content().readableBytes();
        if (stream == null) {
            took(length);
            // Data that was under way when a stream ended is no offence.
            if (frame.streamId() > lastStream || frame.streamId() % 2 == 0) {
                reset(frame.streamId(), SpdyStreamStatus.INVALID_STREAM);
            }
            return;
        }
        if (!stream.received(frame.content())) {
            took(length);
            reset(frame.streamId(), SpdyStreamStatus.STREAM_ALREADY_CLOSED);
            return;
        }
        if (frame.isLast()) {
            stream.inputEnded();
        }
    }

    private void headers(SpdyHeadersFrame frame) {
        SpdyStream stream = streams.get(frame.streamId());
        if (stream == null) {
            reset(frame.streamId(), SpdyStreamStatus.INVALID_STREAM);
        } else if (frame.isInvalid() || frame.isTruncated()) {
            stream.broke("its headers are malformed");
            reset(frame.streamId(), SpdyStreamStatus.PROTOCOL_ERROR);
        } else if (frame.isLast()) {
            stream.inputEnded();
        }
    }

    private void brokenOff(int id) {
        SpdyStream stream = streams.get(id);
        if (stream != null) {
            stream.broke("the client has reset the stream");
        }
    }

    private void grow(SpdyWindowUpdateFrame frame) {
        if (!windows.add(frame.streamId(), frame.deltaWindowSize())) {
            brokenOff(frame.streamId());
            reset(frame.streamId(), SpdyStreamStatus.FLOW_CONTROL_ERROR);
        }
        ready(frame.streamId());
    }

    private void settings(SpdySettingsFrame frame) {
        int initial = frame.getValue(SpdySettingsFrame.SETTINGS_INITIAL_WINDOW_SIZE);
        if (initial >= 0) {
            windows.setInitial(initial);
            ready(CONNECTION);
        }
    }

    /** Pings of a client are odd; even ones would be answers to ours. */
    private void pong(SpdyPingFrame frame) {
        if (frame.id() % 2 != 0) {
            wire.reply(frame);
        }
    }

    private void reset(int stream, SpdyStreamStatus status) {
        if (stream > 0) {
            wire.reply(new DefaultSpdyRstStreamFrame(stream, status));
        }
    }

    private void breakOff() {
        if (!broken) {
            broken = true;
            goAway(SpdySessionStatus.PROTOCOL_ERROR);
            wire.close();
        }
    }

    private void goAway(SpdySessionStatus status) {
        wire.sendNow(new DefaultSpdyGoAwayFrame(lastStream, status));
    }
}
