package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The heap after much work. The serial collector takes what young objects leave behind for as long
 * as there is room, and gives memory back when it collects all garbage and only then: a busy daemon
 * would grow to its limit before that, and one that is idle again would not come to it for days.
 */
final class GrownHeap implements AutoCloseable {

    /** What the daemon has at rest; to collect below it would gain nothing. */
    private static final long AT_REST = 32L << 20;

    /** By how much it may grow until all garbage is collected. */
    static final long GROWTH = 32L << 20;

    /** The same once it grows no more: then nobody is kept waiting. */
    static final long GROWTH_AT_REST = 8L << 20;

    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final LongSupplier size;
    private final Runnable collection;
    private final Thread watch;

    /**
     * Looks after the heap from now on.
     *
     * @param size bytes that it has now
     * @param collection collects all garbage
     */
    GrownHeap(LongSupplier size, Runnable collection, Clock clock) {
        this.size = size;
        this.collection = collection;
        this.watch = Tasks.start("grown-heap", () -> watch(clock));
    }

    /** Looks after that of this process, which stands still for some 30 ms now and then. */
    static GrownHeap ofThisProcess(Clock clock) {
        Runtime jvm = Runtime.getRuntime();
        return new GrownHeap(jvm::totalMemory, jvm::gc, clock);
    }

    /** Gives back what is not needed; stops the daemon for some 30 ms if there is anything. */
    static void shrink() {
        Runtime jvm = Runtime.getRuntime();
        if (jvm.totalMemory() > AT_REST) {
            jvm.gc();
        }
    }

    private void watch(Clock clock) {
        long least = AT_REST;
        long before = 0;
        try {
            while (true) {
                clock.sleep(PAUSE);
                long now = size.getAsLong();
                if (now > least + (now == before ? GROWTH_AT_REST : GROWTH)) {
                    collection.run();
                    now = size.getAsLong();
                    least = now;
                } else {
                    // Others have it collected, too.
                    least = Math.max(AT_REST, Math.min(least, now));
                }
                before = now;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
