package io.gantry.linux.cgroup;

import io.gantry.base.Clock;
import java.io.InterruptedIOException;
import java.time.Duration;

/** Short waits between attempts at what the kernel finishes in a moment. */
record Pause(Clock clock) {

    private static final Duration LONGEST = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** The waits of one operation. */
    Attempts attempts() {
        return attempts(PATIENCE);
    }

    /** The same for what may take longer. */
    Attempts attempts(Duration patience) {
        return new Attempts(clock, clock.nanoTime() + patience.toNanos());
    }

    /** Waits longer each time, until patience ends. */
    static final class Attempts {
        private final Clock clock;
        private final long endNanos;
        private Duration next = Duration.ofNanos(500_000);

        private Attempts(Clock clock, long endNanos) {
            this.clock = clock;
            this.endNanos = endNanos;
        }

        /** Waits; false when it has taken long enough. */
        boolean again() throws InterruptedIOException {
            if (clock.nanoTime() - endNanos > 0) {
                return false;
            }
            try {
                clock.sleep(next);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for a cgroup");
            }
            Duration doubled = next.multipliedBy(2);
            next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
            return true;
        }
    }
}
