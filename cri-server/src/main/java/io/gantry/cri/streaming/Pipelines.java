package io.gantry.cri.streaming;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;

/** Turns a connection from HTTP to what was agreed on. */
final class Pipelines {

    private Pipelines() {}

    /**
     * Answers with {@code headers}, then has {@code handlers} in place of those of HTTP. What the
     * client sent on already reaches them.
     */
    static void change(
            ChannelHandlerContext ctx,
            String protocol,
            HttpHeaders headers,
            ChannelHandler... handlers) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, protocol)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .add(headers);
        Future<?> _ = ctx.writeAndFlush(response);
        ChannelPipeline pipeline = ctx.pipeline();
        pipeline.addLast(new PausedReads());
        pipeline.addLast(handlers);
        pipeline.remove(UpgradeHandler.class);
        pipeline.remove(SmallRequests.class);
        pipeline.remove(HttpServerCodec.class);
    }
}
