package io.gantry.cri.streaming.spdy;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How much the peer is willing to take, of each stream and in all. The library that Kubernetes'
 * clients are built on sends no window updates, so windows count only once the peer has shown, with
 * one or with a setting, that it keeps them; before, TCP alone holds a sender back. Thread-safe.
 */
final class SendWindows {

    private static final int DEFAULT = 64 << 10;
    private static final int CONNECTION = 0;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Integer, Long> windows = new HashMap<>();
    private int initial = DEFAULT;
    private boolean kept;
    private boolean gone;

    SendWindows() {
        windows.put(CONNECTION, (long) DEFAULT);
    }

    void open(int stream) {
        lock.lock();
        try {
            windows.put(stream, (long) initial);
        } finally {
            lock.unlock();
        }
    }

    void close(int stream) {
        lock.lock();
        try {
            windows.remove(stream);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds to a window; that of a stream which is gone is no matter.
     *
     * @return whether it is within what the protocol allows
     */
    boolean add(int stream, int delta) {
        lock.lock();
        try {
            kept = true;
            Long now = windows.computeIfPresent(stream, (id, window) -> window + delta);
            changed.signalAll();
            return now == null || now <= Integer.MAX_VALUE;
        } finally {
            lock.unlock();
        }
    }

    /** The peer says how large the windows of streams are at first. */
    void setInitial(int size) {
        lock.lock();
        try {
            kept = true;
            long difference = (long) size - initial;
            initial = size;
            windows.replaceAll(
                    (id, window) -> id == CONNECTION ? window : (Long) (window + difference));
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void connectionGone() {
        lock.lock();
        try {
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until something may be sent on a stream.
     *
     * @return how much of {@code wanted}, at least 1
     * @throws IOException when the stream or the connection is gone
     */
    int take(int stream, int wanted) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long free = free(stream);
            while (free <= 0) {
                changed.await();
                free = free(stream);
            }
            return reserve(stream, wanted, free);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what may be sent on a stream now.
     *
     * @return how much of {@code wanted}; 0 also when the stream or the connection is gone
     */
    int takeNow(int stream, int wanted) {
        lock.lock();
        try {
            return reserve(stream, wanted, Math.max(0, free(stream)));
        } catch (IOException e) {
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private int reserve(int stream, int wanted, long free) {
        int granted = (int) Math.min(wanted, free);
        windows.merge(stream, (long) -granted, Long::sum);
        windows.merge(CONNECTION, (long) -granted, Long::sum);
        return granted;
    }

    private long free(int stream) throws IOException {
        Long own = windows.get(stream);
        Long all = windows.get(CONNECTION);
        if (gone || own == null || all == null) {
            throw new IOException("the client has closed the stream");
        }
        return kept ? Math.min(own, all) : Long.MAX_VALUE;
    }
}
