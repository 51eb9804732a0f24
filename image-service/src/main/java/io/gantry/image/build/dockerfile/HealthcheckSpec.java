package io.gantry.image.build.dockerfile;

import java.time.Duration;
import java.util.List;

/**
 * A health check as an image's configuration has it.
 *
 * @param test {@code NONE}, {@code CMD} and its arguments, or {@code CMD-SHELL} and a text
 * @param interval between checks; zero: the default, as for all of these
 * @param timeout of one check
 * @param startPeriod in which failures do not count
 * @param startInterval between checks in that period
 * @param retries failures in a row that make a container unhealthy
 */
public record HealthcheckSpec(
        List<String> test,
        Duration interval,
        Duration timeout,
        Duration startPeriod,
        Duration startInterval,
        int retries) {

    public HealthcheckSpec {
        test = List.copyOf(test);
    }

    static HealthcheckSpec none() {
        return new HealthcheckSpec(
                List.of("NONE"), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
    }
}
