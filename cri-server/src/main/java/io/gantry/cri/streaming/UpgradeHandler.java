package io.gantry.cri.streaming;

import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.token.PendingRequests;
import io.gantry.cri.streaming.wire.Farewell;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/** The one HTTP request of a connection, which makes another protocol of it or ends it. */
final class UpgradeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private final StreamingSettings settings;
    private final PendingRequests<StreamRequest> pending;
    private final Runnable heard;

    /**
     * For one connection.
     *
     * @param heard runs when the request is there
     */
    UpgradeHandler(
            StreamingSettings settings, PendingRequests<StreamRequest> pending, Runnable heard) {
        this.settings = settings;
        this.pending = pending;
        this.heard = heard;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        heard.run();
        try {
            upgrade(ctx, request);
        } catch (RefusedException e) {
            e.answer(ctx);
        }
    }

    private void upgrade(ChannelHandlerContext ctx, FullHttpRequest request)
            throws RefusedException {
        if (!request.decoderResult().isSuccess()) {
            throw new RefusedException(HttpResponseStatus.BAD_REQUEST, "malformed request");
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.POST)) {
            throw new RefusedException(
                    HttpResponseStatus.METHOD_NOT_ALLOWED, "the method must be GET or POST");
        }
        StreamRequest wanted =
                find(request.uri())
                        .orElseThrow(
                                () ->
                                        new RefusedException(
                                                HttpResponseStatus.NOT_FOUND,
                                                "no such URL: each is good once, for a minute"));
        if (UpgradeHeaders.wants(request, "websocket")) {
            new WebSocketUpgrade(settings).upgrade(ctx, request, wanted);
        } else if (UpgradeHeaders.wants(request, "SPDY/3.1")) {
            new SpdyUpgrade(settings).upgrade(ctx, request, wanted);
        } else {
            throw new RefusedException(
                    HttpResponseStatus.BAD_REQUEST,
                    "unable to upgrade: the headers Connection: Upgrade and Upgrade: SPDY/3.1 or"
                            + " websocket are missing");
        }
    }

    private Optional<StreamRequest> find(String uri) {
        int query = uri.indexOf('?');
        String[] parts = (query < 0 ? uri : uri.substring(0, query)).split("/", -1);
        if (parts.length != 3 || !parts[0].isEmpty()) {
            return Optional.empty();
        }
        return pending.take(parts[2]).filter(request -> request.verb().equals(parts[1]));
    }

    /** Who has not asked for anything yet need not be told more. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == Farewell.DAEMON_STOPS) {
            Future<?> _ = ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** A request that cannot be decoded, or a connection that was reset. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Future<?> _ = ctx.close();
    }
}
