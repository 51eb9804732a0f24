package io.gantry.image.registry;

import io.gantry.base.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A clock that notes how long one would have slept, and wakes at once. */
final class RecordingClock implements Clock {

    private final List<Duration> sleeps = new CopyOnWriteArrayList<>();
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public long nanoTime() {
        return Clock.SYSTEM.nanoTime();
    }

    @Override
    public void sleep(Duration duration) {
        sleeps.add(duration);
    }

    void advance(Duration duration) {
        now = now.plus(duration);
    }

    List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }
}
