package io.gantry.image.gc;

import io.gantry.image.content.Digest;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What running work needs, though no row says so yet. They need not outlive the process: what it
 * had not recorded goes at the next start. Thread-safe.
 */
public final class Leases {

    // Held by a collection from marking to the last removal: what is held before it is marked, and
    // who holds something after it sees what is really there.
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Lease> open = new HashSet<>();

    /** Protects what it holds until it is closed. Thread-safe. */
    public final class Lease implements AutoCloseable {

        private final Set<Digest> held = new HashSet<>();

        private Lease() {}

        /** Protects a blob or layer, there or yet to come; returns after a running collection. */
        public void hold(Digest digest) {
            lock.lock();
            try {
                held.add(digest);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                open.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }

    /** A new lease, which holds nothing. */
    public Lease open() {
        lock.lock();
        try {
            Lease lease = new Lease();
            open.add(lease);
            return lease;
        } finally {
            lock.unlock();
        }
    }

    /** Everything under lease at this moment. */
    public Set<Digest> held() {
        return exclusively(held -> held);
    }

    /** Removal of what is not needed. */
    @FunctionalInterface
    interface Sweep<T, E extends Exception> {
        /**
         * Runs while no lease changes.
         *
         * @param held everything under lease
         */
        T run(Set<Digest> held) throws E;
    }

    /** Runs a sweep while no lease changes. */
    <T, E extends Exception> T exclusively(Sweep<T, E> sweep) throws E {
        lock.lock();
        try {
            Set<Digest> held = new HashSet<>();
            open.forEach(lease -> held.addAll(lease.held));
            return sweep.run(held);
        } finally {
            lock.unlock();
        }
    }
}
