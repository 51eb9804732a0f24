package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds how many blobs are received from one host at a time. Who holds a slot waits for nothing
 * but the network, so nobody waits for ever. Thread-safe.
 */
final class HostSlots {

    private final int perHost;
    private final Map<String, Entry> entries = new HashMap<>();

    HostSlots(int perHost) {
        this.perHost = perHost;
    }

    /** A slot that is held; closing it, once or more often, lets go. */
    interface Slot extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for a slot; whoever came first gets it first. */
    Slot acquire(String host, Deadline deadline) {
        Entry entry = join(host);
        boolean taken = false;
        try {
            long nanos = deadline.remaining().toNanos();
            taken = entry.permits.tryAcquire(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while waiting for registry " + host, e);
        } finally {
            if (!taken) {
                leave(host, entry);
            }
        }
        if (!taken) {
            throw new DeadlineExceededException(
                    "deadline exceeded while waiting for a connection to registry " + host);
        }
        return held(host, entry);
    }

    /** A slot if one is free now. */
    Optional<Slot> tryAcquire(String host) {
        Entry entry = join(host);
        if (entry.permits.tryAcquire()) {
            return Optional.of(held(host, entry));
        }
        leave(host, entry);
        return Optional.empty();
    }

    private Slot held(String host, Entry entry) {
        AtomicBoolean held = new AtomicBoolean(true);
        return () -> {
            if (held.getAndSet(false)) {
                entry.permits.release();
                leave(host, entry);
            }
        };
    }

    private synchronized Entry join(String host) {
        Entry entry = entries.computeIfAbsent(host, h -> new Entry(perHost));
        entry.users++;
        return entry;
    }

    private synchronized void leave(String host, Entry entry) {
        entry.users--;
        if (entry.users == 0) {
            entries.remove(host);
        }
    }

    private static final class Entry {
        private final Semaphore permits;
        private int users;

        Entry(int permits) {
            this.permits = new Semaphore(permits, true);
        }
    }
}
