package io.gantry.cri.streaming;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Puts requests together that have next to no body, and refuses others at once. */
final class SmallRequests extends HttpObjectAggregator {

    private static final int MAX_BODY = 1024;

    SmallRequests() {
        super(MAX_BODY);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) {
        new RefusedException(
                        HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                        "a request for a stream has no body")
                .answer(ctx);
    }
}
