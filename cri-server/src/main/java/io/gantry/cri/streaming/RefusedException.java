package io.gantry.cri.streaming;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A request that does not become a stream, and what the client is told. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;
    private static final String ACCEPTED = "X-Accepted-Stream-Protocol-Versions";

    private final transient HttpResponseStatus status;
    private final transient List<String> accepted;

    RefusedException(HttpResponseStatus status, String message) {
        this(status, message, List.of());
    }

    /**
     * With the protocols that the client should have asked for.
     *
     * @param accepted empty: none are told
     */
    RefusedException(HttpResponseStatus status, String message, List<String> accepted) {
        super(message, null, false, false);
        this.status = status;
        this.accepted = List.copyOf(accepted);
    }

    /** Tells the client and closes. */
    void answer(ChannelHandlerContext ctx) {
        FullHttpResponse response =
                new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        status,
                        Unpooled.copiedBuffer(getMessage() + "\n", StandardCharsets.UTF_8));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (!accepted.isEmpty()) {
            response.headers().add(ACCEPTED, accepted);
        }
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }
}
