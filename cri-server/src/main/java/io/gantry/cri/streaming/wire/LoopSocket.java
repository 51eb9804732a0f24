package io.gantry.cri.streaming.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket on the event loop, where all of it is called and nobody waits. What comes is
 * read into a buffer that is lent to the owner; so nothing is held but what the owner was to write.
 *
 * <p>Not a channel of Netty's: one whose peer has ended its direction is read to the end though
 * reads are turned off, whatever the memory that takes.
 */
public final class LoopSocket {

    private static final int CHUNK = 64 << 10;

    /** After so many others have their turn. */
    private static final int CHUNKS_AT_ONCE = 8;

    /** Told on each change, and never asked for again: no call to the kernel for each wait. */
    private static final EpollIoOps CHANGES =
            EpollIoOps.EPOLLIN
                    .with(EpollIoOps.EPOLLOUT)
                    .with(EpollIoOps.EPOLLRDHUP)
                    .with(EpollIoOps.EPOLLET);

    private final Socket socket;
    private final IoEventLoop loop;
    private final Owner owner;
    private final ArrayDeque<Unsent> unsent = new ArrayDeque<>();
    private @Nullable IoRegistration registration;
    private int unsentBytes;

    /** Whether the kernel may have something; it tells once. */
    private boolean readable = true;

    /** The kernel takes no more, and will tell when it does. */
    private boolean full;

    private boolean ending;
    private boolean paused = true;
    private boolean inputOver;
    private boolean outputOver;
    private boolean closed;
    private boolean flushing;
    private boolean reading;

    /** Whom it tells. It may close the socket from within. */
    public interface Owner {

        /**
         * Bytes came, which are lent for as long as the call takes.
         *
         * @return whether more are wanted; otherwise none are read until {@link #resume}
         */
        boolean received(ByteBuf bytes);

        /** After some calls of {@code received}: for the moment there is no more. */
        void pausing();

        /** The peer has said that no more come. */
        void inputEnded();

        /** What was written in one call, of so many bytes, is in the kernel, or will never be. */
        void sent(int bytes);

        /** All is sent and the peer was told so, or it takes no more. */
        void outputEnded();

        /** The connection broke while it was read. */
        void broke(IOException why);
    }

    /** What was written in one call, and its size then. */
    private record Unsent(ByteBuf bytes, int size) {}

    private LoopSocket(int descriptor, IoEventLoop loop, Owner owner) {
        this.socket = new Socket(descriptor);
        this.loop = loop;
        this.owner = owner;
    }

    /** Takes over a socket that does not block, also when it fails; nothing is read yet. */
    public static LoopSocket adopt(int descriptor, IoEventLoop loop, Owner owner)
            throws IOException {
        LoopSocket adopted = new LoopSocket(descriptor, loop, owner);
        try {
            adopted.socket.setTcpNoDelay(true);
            adopted.register();
            return adopted;
        } catch (IOException e) {
            adopted.close();
            throw e;
        }
    }

    private void register() throws IOException {
        Future<IoRegistration> made = loop.register(new Readiness());
        if (made.state() != Future.State.SUCCESS) {
            throw new IOException("cannot serve the connection");
        }
        registration = made.resultNow();
        long _ = made.resultNow().submit(CHANGES);
    }

    /** Reads on, soon. */
    public void resume() {
        paused = false;
        readSoon();
    }

    /** Sends bytes, which are its own from now on, as soon as the peer takes them. */
    public void write(ByteBuf bytes) {
        int size = bytes.readableBytes();
        if (closed || outputOver || ending) {
            bytes.release();
            owner.sent(size);
            return;
        }
        unsent.add(new Unsent(full ? heap(bytes) : bytes, size));
        unsentBytes += size;
        if (full) {
            return;
        }
        if (unsentBytes >= CHUNK) {
            flush();
        } else if (!flushing) {
            flushing = true;
            later(this::flush);
        }
    }

    /** Says that no more are written, after those that were. */
    public void endOutput() {
        ending = true;
        flush();
    }

    /** Ends both directions at once; what is not in the kernel yet is lost. */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        drop();
        IoRegistration made = registration;
        if (made != null) {
            boolean _ = made.cancel();
        }
        try {
            socket.close();
        } catch (IOException e) {
            // The descriptor is gone all the same.
        }
    }

    private void readSoon() {
        if (!reading) {
            reading = true;
            later(this::read);
        }
    }

    private void read() {
        reading = false;
        if (closed || paused || inputOver || !readable) {
            return;
        }
        ByteBuf buffer = PooledByteBufAllocator.DEFAULT.directBuffer(CHUNK, CHUNK);
        try {
            for (int i = 0; i < CHUNKS_AT_ONCE && !closed && !paused && readable; i++) {
                read(buffer);
            }
            if (!closed) {
                owner.pausing();
            }
        } catch (IOException e) {
            inputOver = true;
            owner.broke(e);
        } finally {
            buffer.release();
        }
        if (inputOver && !closed) {
            owner.inputEnded();
        } else if (readable && !paused) {
            readSoon();
        }
    }

    private void read(ByteBuf buffer) throws IOException {
        int count = socket.recvAddress(buffer.memoryAddress(), 0, CHUNK);
        if (count <= 0) {
            readable = false;
            inputOver = count < 0;
            return;
        }
        buffer.setIndex(0, count);
        if (!owner.received(buffer)) {
            paused = true;
        }
    }

    private void flush() {
        flushing = false;
        while (!unsent.isEmpty() && !full && !outputOver && !closed) {
            ByteBuf first = firstUnsent();
            try {
                int count =
                        socket.sendAddress(
                                first.memoryAddress(), first.readerIndex(), first.writerIndex());
                full = count == 0;
                unsentBytes -= count;
                first.skipBytes(count);
            } catch (IOException e) {
                // It may have said something before, which is still to be read.
                outputOver = true;
                drop();
                owner.outputEnded();
                return;
            }
            if (!first.isReadable()) {
                sent(unsent.remove());
            }
        }
        if (ending && unsent.isEmpty() && !outputOver && !closed) {
            outputOver = true;
            shutDownOutput();
            owner.outputEnded();
        }
    }

    private ByteBuf firstUnsent() {
        Unsent first = unsent.remove();
        ByteBuf bytes = direct(first.bytes());
        unsent.addFirst(new Unsent(bytes, first.size()));
        return bytes;
    }

    private void shutDownOutput() {
        try {
            socket.shutdown(false, true);
        } catch (IOException | NotYetConnectedException e) {
            // The peer was faster.
        }
    }

    private void drop() {
        while (!unsent.isEmpty()) {
            sent(unsent.remove());
        }
        unsentBytes = 0;
    }

    private void sent(Unsent done) {
        done.bytes().release();
        owner.sent(done.size());
    }

    /** For the kernel. */
    private static ByteBuf direct(ByteBuf bytes) {
        if (bytes.hasMemoryAddress()) {
            return bytes;
        }
        int size = bytes.readableBytes();
        return moved(bytes, PooledByteBufAllocator.DEFAULT.directBuffer(size, size));
    }

    /** For a while: of memory that is not on the heap there is little. */
    private static ByteBuf heap(ByteBuf bytes) {
        int size = bytes.readableBytes();
        return moved(bytes, Unpooled.buffer(size, size));
    }

    private static ByteBuf moved(ByteBuf from, ByteBuf to) {
        try {
            return to.writeBytes(from);
        } finally {
            from.release();
        }
    }

    private void later(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            close();
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
            full = false;
            flush();
            // An error makes a socket readable, too.
            if (event instanceof EpollIoEvent told && told.ops().contains(EpollIoOps.EPOLLIN)) {
                readable = true;
                read();
            }
        }

        /** The event loop has ended. */
        @Override
        public void close() {
            LoopSocket.this.close();
        }
    }
}
