package io.gantry.cri.streaming.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.IoEventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sending side of a connection: writers wait while the peer takes nothing, and answers that the
 * event loop gives by itself are bounded. Its owner passes on {@link #stateChanged}.
 */
public final class Wire {

    /** Answers to pings, resets and the like that the peer may leave unread. */
    private static final int MAX_REPLIES = 1000;

    /** How long the peer may take to read the rest and to close. */
    private static final int LINGER_SECONDS = 10;

    /** The same when the daemon stops, or has given the peer up. */
    public static final int PARTING_SECONDS = 3;

    private final Channel channel;
    private final ReadBudget budget;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Of the event loop. */
    private int replies;

    public Wire(Channel channel) {
        this.channel = channel;
        this.budget = new ReadBudget(channel);
    }

    public Channel channel() {
        return channel;
    }

    /** Serves the connection. */
    public IoEventLoop loop() {
        if (channel.eventLoop() instanceof IoEventLoop loop) {
            return loop;
        }
        throw new IllegalStateException("not a channel of a kernel");
    }

    public ReadBudget budget() {
        return budget;
    }

    /** The channel became writable, or is gone; on the event loop. */
    public void stateChanged() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a message; waits before while the peer takes nothing.
     *
     * @throws IOException when the connection is gone
     */
    public void send(Object message) throws IOException, InterruptedException {
        awaitWritable();
        ChannelFuture _ = channel.writeAndFlush(message);
    }

    /** Whether the peer takes more. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Sends a message with the next {@link #flush}; on the event loop. */
    public void write(Object message) {
        ChannelFuture _ = channel.write(message);
    }

    /** Sends what was written; on the event loop. */
    public void flush() {
        Channel _ = channel.flush();
    }

    /** Sends a message without waiting, from any thread; for the few of an ending. */
    public void sendNow(Object message) {
        ChannelFuture _ = channel.writeAndFlush(message);
    }

    /**
     * Answers the peer, on the event loop and with the next flush; one that reads no answers is
     * disconnected.
     */
    public void reply(Object message) {
        reply(channel, message);
    }

    /** The same from a handler on, past those that are behind it. */
    public void reply(ChannelOutboundInvoker from, Object message) {
        replies++;
        if (replies > MAX_REPLIES) {
            ReferenceCountUtil.release(message);
            close();
            return;
        }
        ChannelFuture _ = from.write(message).addListener(sent -> replies--);
    }

    /** Has {@code action} run on the event loop once the connection is gone. */
    public void onClosed(Runnable action) {
        ChannelFuture _ = channel.closeFuture().addListener(closed -> action.run());
    }

    /** Closes in a while, whatever the peer has taken by then. */
    public void expire() {
        onLoop(
                () -> {
                    Future<?> _ =
                            channel.eventLoop()
                                    .schedule(this::close, PARTING_SECONDS, TimeUnit.SECONDS);
                });
    }

    /** Closes soon: a decoder that is at work still uses what it would let go of. */
    public void close() {
        onLoop(
                () -> {
                    ChannelFuture _ = channel.close();
                });
    }

    /**
     * Closes once everything is sent and read. A socket that is closed with input unread is reset,
     * and the peer would lose the end of the output; so this side ends its output first.
     */
    public void finish() {
        onLoop(() -> startFinish(LINGER_SECONDS));
    }

    /** The same sooner; what the peer still sends is to be dropped. */
    public void part() {
        onLoop(() -> startFinish(PARTING_SECONDS));
    }

    /** Has {@code action} run on the event loop, unless that has ended with all connections. */
    public void onLoop(Runnable action) {
        try {
            channel.eventLoop().execute(action);
        } catch (RejectedExecutionException e) {
            // The server is closed, and so is the channel.
        }
    }

    private void startFinish(int lingerSeconds) {
        budget.lift();
        Future<?> _ = channel.eventLoop().schedule(this::close, lingerSeconds, TimeUnit.SECONDS);
        // Past the encoder of a protocol, which may refuse what is no frame.
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (first != null) {
            ChannelFuture _ =
                    first.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> endOutput());
        }
    }

    private void endOutput() {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            Future<?> _ = tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex && channel.isActive()) {
            ChannelFuture _ = duplex.shutdownOutput();
        }
    }

    private void awaitWritable() throws IOException, InterruptedException {
        if (channel.isWritable()) {
            return;
        }
        lock.lockInterruptibly();
        try {
            while (!channel.isWritable()) {
                if (!channel.isActive()) {
                    throw new IOException("the client is gone");
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }
}
