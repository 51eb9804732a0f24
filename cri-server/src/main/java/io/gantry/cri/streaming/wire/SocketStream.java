package io.gantry.cri.streaming.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket. Who reads or writes makes the system call itself, and the event loop only
 * wakes who waits: so nothing is held but what the kernel holds, and what came before the peer
 * ended its direction, or the connection, is read to its last byte. The owner closes it after the
 * last read and write have returned.
 */
public final class SocketStream implements AutoCloseable {

    private static final int CHUNK = 64 << 10;

    /** Told on each change, and never asked for again: no call to the kernel for each wait. */
    private static final EpollIoOps CHANGES =
            EpollIoOps.EPOLLIN
                    .with(EpollIoOps.EPOLLOUT)
                    .with(EpollIoOps.EPOLLRDHUP)
                    .with(EpollIoOps.EPOLLET);

    private final Socket socket;
    private final IoEventLoop loop;
    private final Consumer<SocketStream> whenClosed;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable IoRegistration registration;

    /** Guarded by the lock, as what follows. */
    private long changes;

    private boolean closed;
    private volatile boolean broken;

    private SocketStream(int descriptor, IoEventLoop loop, Consumer<SocketStream> whenClosed) {
        this.socket = new Socket(descriptor);
        this.loop = loop;
        this.whenClosed = whenClosed;
    }

    /**
     * Takes over a socket that does not block, also when it fails.
     *
     * @param loop tells when it can be read and written
     * @param whenClosed told of it, on any thread
     */
    public static SocketStream adopt(
            int descriptor, IoEventLoop loop, Consumer<SocketStream> whenClosed)
            throws IOException {
        SocketStream stream = new SocketStream(descriptor, loop, whenClosed);
        try {
            stream.socket.setTcpNoDelay(true);
            stream.register();
            return stream;
        } catch (IOException e) {
            stream.close();
            throw e;
        }
    }

    private void register() throws IOException {
        try {
            IoRegistration made = loop.register(new Readiness()).syncUninterruptibly().getNow();
            registration = made;
            long _ = made.submit(CHANGES);
        } catch (RejectedExecutionException | IllegalStateException | UncheckedIOException e) {
            throw new IOException("cannot serve the connection", e);
        }
    }

    /**
     * Waits for bytes; null when the peer has said that no more come.
     *
     * @throws IOException when the connection broke, or was {@link #reset}
     */
    public byte @Nullable [] read() throws IOException, InterruptedException {
        while (true) {
            long seen = changes();
            ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(CHUNK, CHUNK);
            try {
                ByteBuffer bytes = buffer.internalNioBuffer(0, CHUNK);
                int count = socket.recv(bytes, bytes.position(), bytes.limit());
                if (count < 0) {
                    requireWhole();
                    return null;
                }
                if (count > 0) {
                    byte[] read = new byte[count];
                    buffer.getBytes(0, read);
                    return read;
                }
            } finally {
                buffer.release();
            }
            awaitChange(seen);
        }
    }

    /** Sends bytes; waits while the peer takes nothing. */
    public void write(byte[] bytes) throws IOException, InterruptedException {
        for (int from = 0; from < bytes.length; ) {
            int length = Math.min(CHUNK, bytes.length - from);
            ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
            try {
                buffer.writeBytes(bytes, from, length);
                send(buffer.internalNioBuffer(0, length));
            } finally {
                buffer.release();
            }
            from += length;
        }
    }

    private void send(ByteBuffer bytes) throws IOException, InterruptedException {
        int from = bytes.position();
        while (from < bytes.limit()) {
            long seen = changes();
            int count = socket.send(bytes, from, bytes.limit());
            from += count;
            if (count == 0) {
                awaitChange(seen);
            }
        }
    }

    /** Says that no more are written; what was is in the kernel, which sends it before. */
    public void endOutput() {
        shutDown(false);
    }

    /** Ends both directions at once, also for a thread that waits; from any thread. */
    public void reset() {
        broken = true;
        stateChanged();
        shutDown(true);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        whenClosed.accept(this);
        try {
            loop.execute(this::leave);
        } catch (RejectedExecutionException e) {
            closeSocket();
        }
    }

    /** On the event loop: it must not be told of another descriptor with the same number. */
    private void leave() {
        IoRegistration made = registration;
        if (made != null) {
            boolean _ = made.cancel();
        }
        closeSocket();
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // The descriptor is gone all the same.
        }
    }

    private void shutDown(boolean both) {
        lock.lock();
        try {
            if (!closed) {
                socket.shutdown(both, true);
            }
        } catch (IOException | NotYetConnectedException e) {
            // The peer was faster.
        } finally {
            lock.unlock();
        }
    }

    /** How many there were, to be asked before a try. */
    private long changes() throws IOException {
        requireWhole();
        lock.lock();
        try {
            return changes;
        } finally {
            lock.unlock();
        }
    }

    private void awaitChange(long seen) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (changes == seen) {
                requireWhole();
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void requireWhole() throws IOException {
        if (broken) {
            throw new IOException("the connection was given up");
        }
    }

    private void stateChanged() {
        lock.lock();
        try {
            changes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What the event loop knows of it. */
    private final class Readiness implements EpollIoHandle {

        @Override
        public FileDescriptor fd() {
            return socket;
        }

        @Override
        public void handle(IoRegistration from, IoEvent event) {
            stateChanged();
        }

        /** The event loop has ended. */
        @Override
        public void close() {
            reset();
        }
    }
}
