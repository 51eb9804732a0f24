package io.gantry.image.registry;

import io.gantry.base.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/** A clock that notes how long one would have slept, and wakes at once. */
final class RecordingClock implements Clock {

    private final List<Duration> sleeps = new CopyOnWriteArrayList<>();
    private volatile LongSupplier nanos = Clock.SYSTEM::nanoTime;
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public long nanoTime() {
        return nanos.getAsLong();
    }

    @Override
    public void sleep(Duration duration) {
        sleeps.add(duration);
    }

    /** Has monotonic time go as {@code supplier} says. */
    void nanos(LongSupplier supplier) {
        nanos = supplier;
    }

    void advance(Duration duration) {
        now = now.plus(duration);
    }

    List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }
}
