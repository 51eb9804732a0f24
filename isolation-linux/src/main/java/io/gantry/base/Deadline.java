package io.gantry.base;

import io.gantry.base.error.DeadlineExceededException;
import java.time.Duration;

/** The moment until which a caller waits; monotonic, immutable. */
public final class Deadline {

    /** Longest wait: long enough to be "never", short enough not to overflow nanoseconds. */
    private static final Duration FOREVER = Duration.ofDays(36_500);

    private final Clock clock;
    private final long expiresNanos;

    private Deadline(Clock clock, long expiresNanos) {
        this.clock = clock;
        this.expiresNanos = expiresNanos;
    }

    /** A deadline {@code duration} from now. */
    public static Deadline after(Duration duration, Clock clock) {
        Duration bounded = duration.compareTo(FOREVER) > 0 ? FOREVER : duration;
        return new Deadline(clock, clock.nanoTime() + bounded.toNanos());
    }

    /** A deadline that does not come. */
    public static Deadline never(Clock clock) {
        return after(FOREVER, clock);
    }

    /** What is left, never negative. */
    public Duration remaining() {
        return Duration.ofNanos(Math.max(0, expiresNanos - clock.nanoTime()));
    }

    /** Whether the time has run out. */
    public boolean expired() {
        return remaining().isZero();
    }

    /**
     * Throws when the time has run out.
     *
     * @throws DeadlineExceededException naming {@code what} was being done
     */
    public void check(String what) {
        if (expired()) {
            throw new DeadlineExceededException("deadline exceeded while " + what);
        }
    }
}
