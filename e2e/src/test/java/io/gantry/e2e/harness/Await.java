package io.gantry.e2e.harness;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what must come: the one place of the suite that lets time pass. */
public final class Await {

    private static final long POLL_NANOS = Duration.ofMillis(10).toNanos();

    /** How much slower than a machine a user-mode kernel is; it has one processor. */
    private static final int SLOWNESS =
            System.getProperty("gantry.test.kernel", "").isEmpty() ? 1 : 5;

    private Await() {}

    /** A limit for something that takes less than that on a machine that does nothing else. */
    public static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds * SLOWNESS);
    }

    /** Waits until the condition holds, failing with {@code what} and its last exception. */
    public static void until(String what, Duration limit, Callable<Boolean> condition) {
        until(() -> what, limit, condition);
    }

    /** The same; what is missing is asked for when the time is over. */
    public static void until(Supplier<String> what, Duration limit, Callable<Boolean> condition) {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        do {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(POLL_NANOS);
        } while (System.nanoTime() < end);
        throw new AssertionError("not within " + limit + ": " + what.get(), last);
    }

    /** Lets a moment pass that belongs to the scenario itself, as between two deaths. */
    public static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
