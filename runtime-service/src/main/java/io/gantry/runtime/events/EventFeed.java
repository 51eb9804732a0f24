package io.gantry.runtime.events;

import io.gantry.base.Deadline;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.UnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Hands each event to every subscriber's queue, in one order for all. */
public final class EventFeed implements ContainerEvents {

    /** Events that wait for one subscriber, or for the first one, at most. */
    static final int CAPACITY = 4096;

    /** How long events wait for somebody who wants them. */
    static final Duration RETENTION = Duration.ofMinutes(5);

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Queue> queues = new LinkedHashSet<>();
    private final Set<Queue> onlookers = new LinkedHashSet<>();
    private final Deque<ContainerEvent> unheard = new ArrayDeque<>();
    private long dropped;
    private boolean over;

    /** Appends an event; never waits for a subscriber. */
    public void publish(ContainerEvent event) {
        lock.lock();
        try {
            if (queues.isEmpty()) {
                keep(event);
            }
            queues.removeIf(queue -> !queue.offer(event));
            onlookers.removeIf(queue -> !queue.offer(event));
        } finally {
            lock.unlock();
        }
    }

    private void keep(ContainerEvent event) {
        ContainerEvent oldest = unheard.peek();
        while (oldest != null
                && (unheard.size() == CAPACITY
                        || oldest.at().isBefore(event.at().minus(RETENTION)))) {
            unheard.remove();
            oldest = unheard.peek();
        }
        unheard.add(event);
    }

    @Override
    public Subscription subscribe() {
        lock.lock();
        try {
            Queue queue = new Queue(new ArrayDeque<>(unheard));
            unheard.clear();
            queues.add(queue);
            return queue;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Subscription watch() {
        lock.lock();
        try {
            Queue queue = new Queue(new ArrayDeque<>());
            onlookers.add(queue);
            return queue;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end() {
        lock.lock();
        try {
            over = true;
            queues.forEach(Queue::wake);
            queues.clear();
            onlookers.forEach(Queue::wake);
            onlookers.clear();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int subscribers() {
        lock.lock();
        try {
            return queues.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many look on. */
    public int onlookers() {
        lock.lock();
        try {
            return onlookers.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** What waits for one subscriber; guarded by the feed's lock. */
    private final class Queue implements Subscription {

        private final Deque<ContainerEvent> waiting;
        private final Condition arrived = lock.newCondition();
        private boolean overrun;

        Queue(Deque<ContainerEvent> waiting) {
            this.waiting = waiting;
        }

        /** False: it is full, and so has to go. */
        boolean offer(ContainerEvent event) {
            if (waiting.size() == CAPACITY) {
                overrun = true;
                dropped++;
                waiting.clear();
            } else {
                waiting.add(event);
            }
            wake();
            return !overrun;
        }

        void wake() {
            arrived.signalAll();
        }

        @Override
        public Optional<ContainerEvent> next(Deadline deadline) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                @Nullable ContainerEvent event = waiting.poll();
                while (event == null && !overrun && !over && !deadline.expired()) {
                    long _ = arrived.awaitNanos(deadline.remaining().toNanos());
                    event = waiting.poll();
                }
                if (overrun) {
                    throw new ResourceExhaustedException(
                            "more than "
                                    + CAPACITY
                                    + " events wait: subscribe again, and list what is there");
                }
                if (event == null && over) {
                    throw new UnavailableException("the runtime is stopping");
                }
                return Optional.ofNullable(event);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                queues.remove(this);
                onlookers.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }
}
