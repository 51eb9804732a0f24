package io.gantry.cri.streaming;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;

/** Closes a connection over which nothing has passed for long. */
final class IdleConnections extends ChannelInboundHandlerAdapter {

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent) {
            ChannelFuture _ = ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }
}
