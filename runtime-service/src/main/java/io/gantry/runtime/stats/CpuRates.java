package io.gantry.runtime.stats;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much of a processor control groups use. A thread reads their counters from time to time, from
 * the first question on until nobody has asked for a while; rates are over the time since the last
 * of its samples that is old enough. Thread-safe.
 */
final class CpuRates implements AutoCloseable {

    static final Duration PERIOD = Duration.ofSeconds(10);

    /** Shorter spans say more of the scheduler than of the group. */
    static final Duration SHORTEST = Duration.ofSeconds(1);

    /** The sampler ends when nobody has asked for so long. */
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Counter counter;
    private final Supplier<Set<String>> groups;
    private final Clock clock;
    private final Map<String, Samples> samples = new ConcurrentHashMap<>();
    private volatile long askedNanos;
    private @Nullable Thread sampler;
    private boolean closed;

    /**
     * Nothing runs yet.
     *
     * @param groups the paths of those to be sampled
     */
    CpuRates(Counter counter, Supplier<Set<String>> groups, Clock clock) {
        this.counter = counter;
        this.groups = groups;
        this.clock = clock;
    }

    /** Reads how long processors have worked for a group. */
    @FunctionalInterface
    interface Counter {
        long nanos(String group) throws IOException;
    }

    /** The last two samples of a group, the older one for when the other is too young. */
    private record Samples(Sample before, Sample last) {}

    private record Sample(long atNanos, long usageNanos) {}

    /**
     * The rate of a group up to a reading of its counter.
     *
     * @param atNanos when it was read, by the clock's nanoseconds
     * @param usageNanos that it said
     */
    OptionalLong rate(String group, long atNanos, long usageNanos) {
        askedNanos = clock.nanoTime();
        begin();
        Sample now = new Sample(atNanos, usageNanos);
        Samples known = samples.computeIfAbsent(group, _ -> new Samples(now, now));
        Sample base = isOld(known.last(), now) ? known.last() : known.before();
        if (!isOld(base, now) || usageNanos < base.usageNanos()) {
            return OptionalLong.empty();
        }
        double share = (double) (usageNanos - base.usageNanos()) / (atNanos - base.atNanos());
        return OptionalLong.of(Math.round(share * NANOS));
    }

    private static boolean isOld(Sample sample, Sample now) {
        return now.atNanos() - sample.atNanos() >= SHORTEST.toNanos();
    }

    private synchronized void begin() {
        if (sampler == null && !closed) {
            sampler = Tasks.start("cpu-sampler", this::run);
        }
    }

    private void run() {
        try {
            do {
                clock.sleep(PERIOD);
                sample();
            } while (isWanted());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether to go on; who asks after the answer no starts another one. */
    private synchronized boolean isWanted() {
        if (clock.nanoTime() - askedNanos < PATIENCE.toNanos()) {
            return true;
        }
        sampler = null;
        samples.clear();
        return false;
    }

    /** Reads the counter of every group once, and forgets groups that are gone. */
    void sample() {
        Set<String> present = groups.get();
        samples.keySet().retainAll(present);
        for (String group : present) {
            try {
                long usage = counter.nanos(group);
                Sample now = new Sample(clock.nanoTime(), usage);
                samples.merge(
                        group, new Samples(now, now), (known, _) -> new Samples(known.last(), now));
            } catch (IOException e) {
                // It has just ended; or who asks for its stats is told.
                samples.remove(group);
            }
        }
    }

    @Override
    public void close() {
        Thread running;
        synchronized (this) {
            closed = true;
            running = sampler;
        }
        if (running != null) {
            running.interrupt();
        }
    }
}
