package io.gantry.image.registry;

import java.time.Duration;

/**
 * How patient the client is.
 *
 * @param attempts tries of one request, and resumptions of one blob without progress, in all
 * @param firstDelay wait before the second try; doubles for each further one
 * @param maxDelay longest wait, also when a registry asks for more by Retry-After
 * @param answerTimeout longest wait for the head of an answer
 * @param stallTimeout longest silence within a body
 */
public record RetryPolicy(
        int attempts,
        Duration firstDelay,
        Duration maxDelay,
        Duration answerTimeout,
        Duration stallTimeout) {

    /** Five attempts over some ten seconds. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(
                    5,
                    Duration.ofMillis(300),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(30));

    /** For a host that another one can stand in for: one that fails twice is left alone. */
    RetryPolicy ofMirrors() {
        return new RetryPolicy(
                Math.min(attempts, 2), firstDelay, maxDelay, answerTimeout, stallTimeout);
    }

    /** The wait after the {@code failures}-th failure, from 1. */
    Duration delayAfter(int failures) {
        Duration delay = firstDelay.multipliedBy(1L << Math.min(failures - 1, 16));
        return delay.compareTo(maxDelay) > 0 ? maxDelay : delay;
    }
}
