package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Events in memory: the last ones for who asks later, and a bounded queue for each subscriber. */
final class EventLog implements ImageEvents {

    /** Events that are remembered, and that a subscriber may be behind. */
    static final int KEPT = 1024;

    private final Clock clock;
    private final Deque<Event> recent = new ArrayDeque<>();
    private final Set<Queue> queues = ConcurrentHashMap.newKeySet();

    EventLog(Clock clock) {
        this.clock = clock;
    }

    /**
     * Tells what has just been done; never waits for a subscriber.
     *
     * @param image null: none in particular
     * @param name in full; may be empty
     */
    synchronized void publish(Action action, @Nullable Digest image, String name) {
        Event event = new Event(clock.now(), action, Optional.ofNullable(image), name);
        if (recent.size() == KEPT) {
            recent.removeFirst();
        }
        recent.addLast(event);
        queues.forEach(queue -> queue.add(event));
    }

    @Override
    public synchronized Subscription subscribe() {
        return enter(new Queue());
    }

    @Override
    public synchronized Subscription subscribe(Instant since) {
        Queue queue = new Queue();
        recent.stream().filter(event -> !event.time().isBefore(since)).forEach(queue::add);
        return enter(queue);
    }

    @Override
    public synchronized List<Event> recent() {
        return new ArrayList<>(recent);
    }

    int subscribers() {
        return queues.size();
    }

    private Queue enter(Queue queue) {
        queues.add(queue);
        return queue;
    }

    private final class Queue implements Subscription {

        private final ReentrantLock lock = new ReentrantLock();
        private final Condition filled = lock.newCondition();
        private final Deque<Event> waiting = new ArrayDeque<>();
        private long lost;

        /** The lock is only ever held for a moment. */
        void add(Event event) {
            lock.lock();
            try {
                if (waiting.size() == KEPT) {
                    waiting.removeFirst();
                    lost++;
                }
                waiting.addLast(event);
                filled.signal();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public Optional<Delivery> next(Deadline deadline) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (waiting.isEmpty()) {
                    long nanos = deadline.remaining().toNanos();
                    if (nanos <= 0) {
                        return Optional.empty();
                    }
                    boolean _ = filled.await(nanos, TimeUnit.NANOSECONDS);
                }
                Delivery delivery = new Delivery(waiting.removeFirst(), lost);
                lost = 0;
                return Optional.of(delivery);
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            queues.remove(this);
        }
    }
}
