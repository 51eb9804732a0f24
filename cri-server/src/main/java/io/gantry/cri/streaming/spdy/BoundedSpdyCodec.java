package io.gantry.cri.streaming.spdy;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;

/**
 * Frames of SPDY/3.1. A block of compressed headers is bounded before it is inflated: a few bytes
 * would otherwise keep the event loop busy for long.
 */
public final class BoundedSpdyCodec extends SpdyFrameCodec {

    private static final int MAX_CHUNK = 64 << 10;
    private static final int MAX_HEADERS = 16 << 10;
    private static final int COMPRESSION = 6;
    private static final int WINDOW_BITS = 15;
    private static final int MEMORY_LEVEL = 8;

    private int compressed;

    /** For one connection. */
    public BoundedSpdyCodec() {
        super(SpdyVersion.SPDY_3_1, MAX_CHUNK, MAX_HEADERS, COMPRESSION, WINDOW_BITS, MEMORY_LEVEL);
    }

    @Override
    public void readHeaderBlock(ByteBuf block) {
        compressed += block.readableBytes();
        if (compressed > MAX_HEADERS) {
            block.release();
            readFrameError("more than " + MAX_HEADERS + " bytes of compressed headers");
            return;
        }
        super.readHeaderBlock(block);
    }

    @Override
    public void readHeaderBlockEnd() {
        compressed = 0;
        super.readHeaderBlockEnd();
    }
}
