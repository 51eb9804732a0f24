package io.gantry.cri.streaming.websocket;

import io.gantry.cri.streaming.wire.ByteStream;
import io.gantry.cri.streaming.wire.Inbox;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A numbered channel of a connection. Its output ends with the connection only. */
public final class WebSocketChannel implements ByteStream {

    /** Of one message. */
    private static final int CHUNK = 32 << 10;

    private final WebSocketConnection connection;
    private final int number;
    private final Inbox inbox;

    /** Of the event loop. */
    private @Nullable Sink sink;

    WebSocketChannel(WebSocketConnection connection, int number) {
        this.connection = connection;
        this.number = number;
        this.inbox = new Inbox(connection.wire().budget(), bytes -> {});
    }

    @Override
    public byte @Nullable [] read() throws IOException, InterruptedException {
        return inbox.take();
    }

    @Override
    public void write(byte[] bytes) throws IOException, InterruptedException {
        int from = 0;
        // An empty message is one too: it tells a client that it is connected.
        do {
            int length = Math.min(CHUNK, bytes.length - from);
            connection.wire().send(connection.coding().encode(number, bytes, from, length));
            from += length;
        } while (from < bytes.length);
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
            int length = Math.min(CHUNK, bytes.readableBytes());
            byte[] message = ByteBufUtil.getBytes(bytes.readSlice(length));
            connection.wire().write(connection.coding().encode(number, message, 0, length));
        }
        return !bytes.isReadable();
    }

    @Override
    public boolean isReady() {
        return connection.wire().isWritable();
    }

    @Override
    public void flush() {
        connection.wire().flush();
    }

    /** The connection takes more; on the event loop. */
    void ready() {
        Sink told = sink;
        if (told != null) {
            told.ready();
        }
    }

    @Override
    public void endOutput() {
        // There is no message for it.
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
        inbox.discard();
    }

    void received(byte[] bytes) {
        inbox.add(bytes);
    }

    void inputEnded() {
        inbox.end();
    }

    void broke(String why) {
        inbox.fail(why);
    }
}
