package io.gantry.image.registry;

import io.gantry.base.Clock;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which hosts failed lately, over all pulls: those are asked after the others, so that a mirror
 * that is down costs one pull its time-outs and not every pull. Thread-safe.
 */
final class HostHealth {

    /** How long a failure counts. */
    static final Duration MEMORY = Duration.ofMinutes(2);

    private static final int MAX_HOSTS = 256;

    private final Clock clock;
    private final Map<URI, Instant> failures = new LinkedHashMap<>(16, 0.75f, true);

    HostHealth(Clock clock) {
        this.clock = clock;
    }

    /** Whether the host failed lately and has not answered since. */
    synchronized boolean isFailing(RegistryHost host) {
        Instant failed = failures.get(host.api());
        return failed != null && clock.now().isBefore(failed.plus(MEMORY));
    }

    synchronized void failed(RegistryHost host) {
        failures.put(host.api(), clock.now());
        if (failures.size() > MAX_HOSTS) {
            failures.remove(failures.keySet().iterator().next());
        }
    }

    synchronized void answered(RegistryHost host) {
        failures.remove(host.api());
    }
}
