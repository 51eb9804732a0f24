package io.gantry.base;

import java.time.Duration;
import java.time.Instant;

/** The only source of time, so that tests can own it. */
public interface Clock {

    /** The clock of the machine. */
    Clock SYSTEM =
            new Clock() {
                @Override
                public Instant now() {
                    return Instant.now();
                }

                @Override
                public long nanoTime() {
                    return System.nanoTime();
                }

                @Override
                public void sleep(Duration duration) throws InterruptedException {
                    Thread.sleep(duration);
                }
            };

    /** Wall-clock time. */
    Instant now();

    /** Monotonic nanoseconds from an arbitrary origin; only differences mean something. */
    long nanoTime();

    /** Waits; for back-off between attempts, never to await a condition that can be signalled. */
    void sleep(Duration duration) throws InterruptedException;
}
