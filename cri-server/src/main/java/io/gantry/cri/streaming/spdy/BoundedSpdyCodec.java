package io.gantry.cri.streaming.spdy;

import io.gantry.cri.streaming.wire.ByteStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;

/**
 * Frames of SPDY/3.1. Data is passed on as it comes, in parts of the buffer that it was read into,
 * and large data is sent from where it is; the rest is Netty's. A block of compressed headers is
 * bounded before it is inflated: a few bytes would otherwise keep the event loop busy for long.
 */
public final class BoundedSpdyCodec extends SpdyFrameCodec {

    private static final int MAX_CHUNK = 64 << 10;
    private static final int MAX_HEADERS = 16 << 10;
    private static final int COMPRESSION = 6;
    private static final int WINDOW_BITS = 15;
    private static final int MEMORY_LEVEL = 8;

    /**
     * Of every frame: whether it is one of control, a stream, flags, and the length of the rest.
     */
    private static final int HEADER = ByteStream.ROOM;

    private static final int LENGTH_BITS = 24;
    private static final long LENGTH = (1L << LENGTH_BITS) - 1;
    private static final long LAST = 1L << LENGTH_BITS;

    /** Less is copied, rather than to keep the buffer that it is in. */
    private static final int LARGE = 16 << 10;

    private int compressed;

    /** What of a header was at the end of a buffer. */
    private final ByteBuf header = Unpooled.buffer(HEADER, HEADER);

    /** Of the frame that comes. */
    private int left;

    /** 0: it is no data. */
    private int stream;

    private boolean last;

    /** For one connection. */
    public BoundedSpdyCodec() {
        super(SpdyVersion.SPDY_3_1, MAX_CHUNK, MAX_HEADERS, COMPRESSION, WINDOW_BITS, MEMORY_LEVEL);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        if (!(message instanceof ByteBuf bytes)) {
            super.channelRead(ctx, message);
            return;
        }
        try {
            while (bytes.isReadable()) {
                if (left > 0) {
                    pass(ctx, bytes.readRetainedSlice(Math.min(left, bytes.readableBytes())));
                } else {
                    begin(ctx, bytes);
                }
            }
        } finally {
            bytes.release();
        }
    }

    /** A frame, once its header is whole. */
    private void begin(ChannelHandlerContext ctx, ByteBuf bytes) throws Exception {
        header.writeBytes(bytes, Math.min(header.writableBytes(), bytes.readableBytes()));
        if (header.isWritable()) {
            return;
        }
        long fields = header.getLong(0);
        left = (int) (fields & LENGTH);
        last = (fields & LAST) != 0;
        stream = Math.max((int) (fields >>> Integer.SIZE), 0);
        if (stream == 0) {
            super.channelRead(ctx, header.copy());
        } else if (left == 0) {
            ctx.fireChannelRead(new DefaultSpdyDataFrame(stream).setLast(last));
        }
        header.clear();
    }

    private void pass(ChannelHandlerContext ctx, ByteBuf part) throws Exception {
        left -= part.readableBytes();
        if (stream == 0) {
            super.channelRead(ctx, part);
        } else {
            ctx.fireChannelRead(new DefaultSpdyDataFrame(stream, part).setLast(last && left == 0));
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
            throws Exception {
        if (!(message instanceof SpdyDataFrame data) || !hasRoom(data.content())) {
            super.write(ctx, message, promise);
            return;
        }
        ByteBuf frame = data.content();
        int length = frame.readableBytes();
        frame.readerIndex(frame.readerIndex() - HEADER);
        frame.setInt(frame.readerIndex(), data.streamId());
        frame.setInt(
                frame.readerIndex() + Integer.BYTES, (data.isLast() ? (int) LAST : 0) | length);
        ChannelFuture _ = ctx.write(frame, promise);
    }

    /** For a header, and is worth to be kept. */
    private static boolean hasRoom(ByteBuf content) {
        return content.isDirect()
                && content.readerIndex() >= HEADER
                && content.readableBytes() >= LARGE;
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
