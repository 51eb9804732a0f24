package io.gantry.cri.streaming.session;

import io.gantry.cri.streaming.wire.ByteStream;
import io.gantry.cri.streaming.wire.LoopSocket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes bytes between a client and a port of a pod, on the event loop of both. A side that takes
 * nothing holds the other back: the port is not read then, and what the client sent on is counted
 * until it is in the kernel.
 */
final class PortRelay implements LoopSocket.Owner, ByteStream.Sink {

    private static final Logger log = LoggerFactory.getLogger(PortRelay.class);

    private final PortSession.Streams client;
    private final Runnable over;
    private @Nullable LoopSocket port;

    /** What the client does not take yet. */
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    private boolean inputEnded;
    private boolean upOver;
    private boolean downOver;
    private boolean closed;

    /**
     * Of one connection.
     *
     * @param over runs when both directions have ended, or the connection broke
     */
    PortRelay(PortSession.Streams client, Runnable over) {
        this.client = client;
        this.over = over;
    }

    /** Takes over a connected socket that does not block, also when it fails. */
    void begin(int descriptor, IoEventLoop loop) throws IOException {
        LoopSocket adopted = LoopSocket.adopt(descriptor, loop, this);
        port = adopted;
        // Whoever waits for the port would not notice.
        client.data().onBroken(this::close);
        client.data().pour(this);
        adopted.resume();
    }

    @Override
    public void take(ByteBuf bytes) {
        LoopSocket to = port;
        if (closed || to == null) {
            int size = bytes.readableBytes();
            bytes.release();
            sent(size);
        } else {
            to.write(bytes);
        }
    }

    @Override
    public void end() {
        LoopSocket to = port;
        if (to != null) {
            to.endOutput();
        }
    }

    @Override
    public void ready() {
        LoopSocket from = port;
        if (closed || from == null) {
            return;
        }
        if (held.isReadable()) {
            boolean all = client.data().offer(held);
            client.data().flush();
            if (!all) {
                return;
            }
            held.release();
            held = Unpooled.EMPTY_BUFFER;
        }
        if (inputEnded) {
            endDown();
        } else {
            from.resume();
        }
    }

    @Override
    public boolean received(ByteBuf bytes) {
        if (client.data().offer(bytes)) {
            return client.data().isReady();
        }
        held = Unpooled.copiedBuffer(bytes);
        return false;
    }

    @Override
    public void pausing() {
        client.data().flush();
    }

    @Override
    public void inputEnded() {
        inputEnded = true;
        if (!held.isReadable()) {
            endDown();
        }
    }

    @Override
    public void sent(int bytes) {
        client.data().taken(bytes);
    }

    @Override
    public void outputEnded() {
        upOver = true;
        closeWhenOver();
    }

    @Override
    public void broke(IOException why) {
        log.atDebug().setCause(why).log("a forwarded connection broke");
        client.data().reset();
        close();
    }

    /** All that the port has said is with the client. */
    private void endDown() {
        if (downOver) {
            return;
        }
        downOver = true;
        client.data().endOutput();
        if (!client.endsApart()) {
            client.data().discardInput();
            end();
        }
        closeWhenOver();
    }

    private void closeWhenOver() {
        if (upOver && downOver) {
            close();
        }
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        LoopSocket socket = port;
        if (socket != null) {
            socket.close();
        }
        held.release();
        held = Unpooled.EMPTY_BUFFER;
        client.error().endOutput();
        over.run();
    }
}
