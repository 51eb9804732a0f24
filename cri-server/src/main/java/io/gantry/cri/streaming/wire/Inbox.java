package io.gantry.cri.streaming.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** What came in on a stream and waits for its reader. Filled by the event loop. Thread-safe. */
public final class Inbox {

    /** An entry costs memory even when it is empty. */
    private static final int ENTRY = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<byte[]> chunks = new ArrayDeque<>();
    private final ReadBudget budget;
    private final IntConsumer consumed;
    private boolean ended;
    private boolean discarding;
    private @Nullable String broken;
    private Runnable whenBroken = () -> {};

    /** Of the event loop. */
    private ByteStream.@Nullable Sink sink;

    /**
     * An empty one.
     *
     * @param consumed is told how many bytes were taken or dropped, on any thread
     */
    public Inbox(ReadBudget budget, IntConsumer consumed) {
        this.budget = budget;
        this.consumed = consumed;
    }

    /** Adds bytes, which are dropped when nobody is to read them; on the event loop. */
    public void add(byte[] bytes) {
        if (sink != null) {
            pass(Unpooled.wrappedBuffer(bytes), sink);
            return;
        }
        if (bytes.length == 0) {
            return;
        }
        lock.lock();
        try {
            if (!ended && !discarding && broken == null) {
                budget.taken(bytes.length + ENTRY);
                chunks.add(bytes);
                changed.signalAll();
                return;
            }
        } finally {
            lock.unlock();
        }
        consumed.accept(bytes.length);
    }

    /** The same with bytes that stay the caller's. */
    public void add(ByteBuf bytes) {
        if (sink == null) {
            add(ByteBufUtil.getBytes(bytes));
        } else {
            pass(bytes.retainedSlice(), sink);
        }
    }

    private void pass(ByteBuf bytes, ByteStream.Sink to) {
        int length = bytes.readableBytes();
        boolean wanted;
        lock.lock();
        try {
            wanted = length > 0 && !ended && !discarding && broken == null;
        } finally {
            lock.unlock();
        }
        if (wanted) {
            budget.taken(length + ENTRY);
            to.take(bytes);
        } else {
            bytes.release();
            consumed.accept(length);
        }
    }

    /** The peer sends no more. */
    public void end() {
        boolean first;
        lock.lock();
        try {
            first = !ended;
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (first && sink != null) {
            sink.end();
        }
    }

    /** Gives all to a sink from now on; on the event loop. */
    public void pour(ByteStream.Sink to) {
        List<byte[]> waiting;
        boolean over;
        sink = to;
        lock.lock();
        try {
            waiting = List.copyOf(chunks);
            chunks.clear();
            over = ended && broken == null;
        } finally {
            lock.unlock();
        }
        waiting.forEach(bytes -> to.take(Unpooled.wrappedBuffer(bytes)));
        if (over) {
            to.end();
        }
    }

    /** The sink is done with so many bytes that it was given at once. */
    public void taken(int bytes) {
        release(bytes);
    }

    /** The stream broke off: what is unread is lost. */
    public void fail(String why) {
        Runnable action;
        lock.lock();
        try {
            if (broken == null) {
                broken = why;
            }
            drop();
            changed.signalAll();
            action = whenBroken;
            whenBroken = () -> {};
        } finally {
            lock.unlock();
        }
        action.run();
    }

    /** Has an action run when the stream breaks off, or now when it did. */
    public void onFailed(Runnable action) {
        lock.lock();
        try {
            if (broken == null) {
                whenBroken = action;
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }

    /** Drops what is there and what will come. */
    public void discard() {
        lock.lock();
        try {
            discarding = true;
            drop();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for bytes; null at the end.
     *
     * @throws IOException when the stream broke off
     */
    public byte @Nullable [] take() throws IOException, InterruptedException {
        byte[] next;
        lock.lockInterruptibly();
        try {
            while (chunks.isEmpty() && !ended && !discarding && broken == null) {
                changed.await();
            }
            if (broken != null) {
                throw new IOException(broken);
            }
            next = chunks.poll();
        } finally {
            lock.unlock();
        }
        if (next != null) {
            release(next.length);
        }
        return next;
    }

    private void drop() {
        for (byte[] bytes = chunks.poll(); bytes != null; bytes = chunks.poll()) {
            release(bytes.length);
        }
    }

    private void release(int length) {
        budget.released(length + ENTRY);
        consumed.accept(length);
    }
}
