package io.gantry.cri.streaming;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/**
 * Keeps a channel that is not to be read from being read: the decoder of SPDY asks for more
 * whenever it did not hand anything on the usual way, which it never does.
 */
final class PausedReads extends ChannelOutboundHandlerAdapter {

    @Override
    public void read(ChannelHandlerContext ctx) {
        if (ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
    }
}
