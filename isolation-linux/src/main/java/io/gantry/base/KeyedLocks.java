package io.gantry.base;

import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.UnavailableException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One lock per key, there only while somebody holds it or waits for it. Thread-safe; re-entrant.
 *
 * @param <K> what is locked; equality decides
 */
public final class KeyedLocks<K> {

    private final Map<K, Entry> entries = new HashMap<>();

    /** A lock that is held; closing it lets go. */
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Takes the lock of {@code key}.
     *
     * @throws DeadlineExceededException when {@code deadline} comes first
     * @throws UnavailableException when the thread is interrupted
     */
    public Held lock(K key, Deadline deadline) {
        Entry entry = join(key);
        boolean taken = false;
        try {
            taken = entry.lock.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while waiting for " + key, e);
        } finally {
            if (!taken) {
                leave(key, entry);
            }
        }
        if (!taken) {
            throw new DeadlineExceededException("deadline exceeded while waiting for " + key);
        }
        return () -> {
            entry.lock.unlock();
            leave(key, entry);
        };
    }

    /** Number of keys in use. */
    public synchronized int size() {
        return entries.size();
    }

    private synchronized Entry join(K key) {
        Entry entry = entries.computeIfAbsent(key, k -> new Entry());
        entry.users++;
        return entry;
    }

    private synchronized void leave(K key, Entry entry) {
        entry.users--;
        if (entry.users == 0) {
            entries.remove(key);
        }
    }

    private static final class Entry {
        private final ReentrantLock lock = new ReentrantLock();
        private int users;
    }
}
