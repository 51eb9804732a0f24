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
import io.netty.channel.unix.IovArray;
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

    /** Of what was written, in one call to the kernel. */
    private static final int PARTS_AT_ONCE = 16;

    /** Less is copied, rather than to keep the buffer that it is in. */
    private static final int LARGE = 16 << 10;

    /** Of memory that is not on the heap there is little: with so much in use none is kept. */
    private static final long MOST_DIRECT = 16L << 20;

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

    /** Where the first of what is unsent is; made when there is more than one. */
    private @Nullable IovArray vector;

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
         * Bytes came, which are lent for as long as the call takes; or longer, to who retains them.
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

    /** What was written in one call. */
    private static final class Unsent {
        private final int size;
        private ByteBuf bytes;

        Unsent(ByteBuf bytes) {
            this.bytes = bytes;
            this.size = bytes.readableBytes();
        }
    }

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
        if (paused) {
            paused = false;
            readSoon();
        }
    }

    /** Sends bytes, which are its own from now on, as soon as the peer takes them. */
    public void write(ByteBuf bytes) {
        Unsent added = new Unsent(bytes);
        if (closed || outputOver || ending) {
            sent(added);
            return;
        }
        unsent.add(added);
        unsentBytes += added.size;
        if (full) {
            keep(added, isTight());
        } else if (unsentBytes >= CHUNK) {
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
        if (vector != null) {
            vector.release();
        }
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
        ByteBuf buffer = chunk();
        try {
            for (int i = 0; i < CHUNKS_AT_ONCE && !closed && !paused && readable; i++) {
                if (buffer.refCnt() > 1) {
                    buffer.release();
                    buffer = chunk();
                }
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

    private static ByteBuf chunk() {
        int size = ByteStream.ROOM + CHUNK;
        return PooledByteBufAllocator.DEFAULT.directBuffer(size, size);
    }

    private void read(ByteBuf buffer) throws IOException {
        int end = ByteStream.ROOM + CHUNK;
        int count = socket.recvAddress(buffer.memoryAddress(), ByteStream.ROOM, end);
        if (count <= 0) {
            readable = false;
            inputOver = count < 0;
            return;
        }
        buffer.setIndex(ByteStream.ROOM, ByteStream.ROOM + count);
        if (!owner.received(buffer)) {
            paused = true;
        }
    }

    private void flush() {
        flushing = false;
        while (!unsent.isEmpty() && !full && !outputOver && !closed) {
            try {
                long count = sendFirst();
                full = count == 0;
                unsentBytes -= (int) count;
                skip(count);
            } catch (IOException e) {
                // It may have said something before, which is still to be read.
                outputOver = true;
                drop();
                owner.outputEnded();
                return;
            }
        }
        if (full) {
            boolean tight = isTight();
            unsent.forEach(part -> keep(part, tight));
        }
        if (ending && unsent.isEmpty() && !outputOver && !closed) {
            outputOver = true;
            shutDownOutput();
            owner.outputEnded();
        }
    }

    /** As much as the kernel takes of the first parts. */
    private long sendFirst() throws IOException {
        if (unsent.size() == 1) {
            ByteBuf only = direct(unsent.element());
            return socket.sendAddress(only.memoryAddress(), only.readerIndex(), only.writerIndex());
        }
        IovArray parts = vector == null ? new IovArray(PARTS_AT_ONCE) : vector;
        vector = parts;
        parts.clear();
        for (Unsent each : unsent) {
            ByteBuf bytes = direct(each);
            if (!parts.add(bytes, bytes.readerIndex(), bytes.readableBytes()) || parts.isFull()) {
                break;
            }
        }
        return socket.writevAddresses(parts.memoryAddress(0), parts.count());
    }

    private void skip(long count) {
        long left = count;
        while (!unsent.isEmpty()) {
            ByteBuf first = unsent.element().bytes;
            int size = first.readableBytes();
            if (size > left) {
                first.skipBytes((int) left);
                return;
            }
            left -= size;
            sent(unsent.remove());
        }
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
        done.bytes.release();
        owner.sent(done.size);
    }

    /** For the kernel. */
    private static ByteBuf direct(Unsent part) {
        if (!part.bytes.hasMemoryAddress()) {
            int size = part.bytes.readableBytes();
            part.bytes = moved(part.bytes, PooledByteBufAllocator.DEFAULT.directBuffer(size, size));
        }
        return part.bytes;
    }

    /** For a while: without what else is in the buffer, and on the heap if there is little. */
    private static void keep(Unsent part, boolean tight) {
        int size = part.bytes.readableBytes();
        if (tight && part.bytes.isDirect()) {
            part.bytes = moved(part.bytes, Unpooled.buffer(size, size));
        } else if (!tight && size < LARGE && part.bytes.unwrap() != null) {
            part.bytes = moved(part.bytes, PooledByteBufAllocator.DEFAULT.directBuffer(size, size));
        }
    }

    /** Whether what waits is to be on the heap. */
    private static boolean isTight() {
        return PooledByteBufAllocator.DEFAULT.pinnedDirectMemory() > MOST_DIRECT;
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
