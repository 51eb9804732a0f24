package io.gantry.cri.streaming.spdy;

import io.gantry.cri.streaming.wire.ByteStream;
import io.gantry.cri.streaming.wire.Inbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdyHeaders;
import io.netty.handler.codec.spdy.SpdyStreamStatus;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A stream that the client opened. */
public final class SpdyStream implements ByteStream {

    /** Of one frame. */
    private static final int CHUNK = 64 << 10;

    private final SpdyConnection connection;
    private final int id;
    private final SpdyHeaders headers;
    private final ReceiveWindow window;
    private final Inbox inbox;

    /** Guarded by this. */
    private boolean outputEnded;

    private boolean inputEnded;

    /** Of the event loop. */
    private @Nullable Sink sink;

    SpdyStream(SpdyConnection connection, int id, SpdyHeaders headers) {
        this.connection = connection;
        this.id = id;
        this.headers = headers;
        this.window = new ReceiveWindow(id, connection.grants(), connection::grant);
        this.inbox =
                new Inbox(
                        connection.wire().budget(),
                        bytes -> {
                            took(bytes);
                            connection.took(bytes);
                        });
    }

    /** Its number, which is odd. */
    public int id() {
        return id;
    }

    /** The first value of a header of its opening; empty when there is none. */
    public String header(String name) {
        String value = headers.getAsString(name);
        return value == null ? "" : value;
    }

    @Override
    public byte @Nullable [] read() throws IOException, InterruptedException {
        return inbox.take();
    }

    @Override
    public void write(byte[] bytes) throws IOException, InterruptedException {
        for (int from = 0; from < bytes.length; ) {
            int length = connection.windows().take(id, Math.min(CHUNK, bytes.length - from));
            connection
                    .wire()
                    .send(
                            new DefaultSpdyDataFrame(
                                    id, Unpooled.wrappedBuffer(bytes, from, length)));
            from += length;
        }
    }

    @Override
    public void pour(Sink into) {
        sink = into;
        inbox.pour(into);
    }

    @Override
    public void taken(int bytes) {
        inbox.taken(bytes);
    }

    @Override
    public boolean offer(ByteBuf bytes) {
        while (bytes.isReadable() && connection.wire().isWritable()) {
            int length = connection.windows().takeNow(id, Math.min(CHUNK, bytes.readableBytes()));
            if (length == 0) {
                return false;
            }
            connection.wire().write(new DefaultSpdyDataFrame(id, part(bytes, length)));
        }
        return !bytes.isReadable();
    }

    /** All of them with the room before them. */
    private static ByteBuf part(ByteBuf bytes, int length) {
        if (length < bytes.readableBytes()) {
            return bytes.readRetainedSlice(length);
        }
        ByteBuf all = bytes.retainedDuplicate();
        bytes.skipBytes(length);
        return all;
    }

    @Override
    public boolean isReady() {
        return connection.wire().isWritable();
    }

    @Override
    public void flush() {
        connection.wire().flush();
    }

    /** The client, or its connection, takes more; on the event loop. */
    void ready() {
        Sink told = sink;
        if (told != null) {
            told.ready();
        }
    }

    @Override
    public void endOutput() {
        boolean over;
        synchronized (this) {
            if (outputEnded) {
                return;
            }
            outputEnded = true;
            over = inputEnded;
        }
        connection.wire().sendNow(new DefaultSpdyDataFrame(id).setLast(true));
        if (over) {
            connection.forget(this);
        }
    }

    @Override
    public void discardInput() {
        inbox.discard();
    }

    @Override
    public void onBroken(Runnable action) {
        inbox.onFailed(action);
    }

    @Override
    public void reset() {
        synchronized (this) {
            if (outputEnded && inputEnded) {
                return;
            }
            outputEnded = true;
            inputEnded = true;
        }
        inbox.discard();
        connection.wire().sendNow(new DefaultSpdyRstStreamFrame(id, SpdyStreamStatus.CANCEL));
        connection.forget(this);
    }

    /** Data of the client was taken or dropped; from any thread. */
    void took(int bytes) {
        window.took(bytes);
    }

    /** Data of the client; on the event loop. */
    boolean received(ByteBuf bytes) {
        synchronized (this) {
            if (inputEnded) {
                return false;
            }
        }
        window.received(bytes.readableBytes());
        inbox.add(bytes);
        return true;
    }

    /** The client sends no more; on the event loop. */
    void inputEnded() {
        boolean over;
        synchronized (this) {
            inputEnded = true;
            over = outputEnded;
        }
        inbox.end();
        if (over) {
            connection.forget(this);
        }
    }

    /** The client, or its connection, took the stream back. */
    void broke(String why) {
        synchronized (this) {
            inputEnded = true;
            outputEnded = true;
        }
        inbox.fail(why);
        connection.forget(this);
    }
}
