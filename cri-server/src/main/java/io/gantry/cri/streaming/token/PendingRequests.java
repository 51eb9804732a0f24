package io.gantry.cri.streaming.token;

import io.gantry.base.Clock;
import io.gantry.base.Ids;
import io.gantry.base.error.ResourceExhaustedException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Requests by the token that fetches them: once, and for a minute. Thread-safe.
 *
 * @param <T> a request
 */
public final class PendingRequests<T> {

    /** How long a token is good. */
    public static final Duration LIFETIME = Duration.ofMinutes(1);

    /** How many may wait at once. */
    public static final int LIMIT = 1000;

    private final Clock clock;

    /** Oldest first, which are the first to expire. */
    private final Map<String, Pending<T>> pending = new LinkedHashMap<>();

    public PendingRequests(Clock clock) {
        this.clock = clock;
    }

    private record Pending<T>(T request, long since) {}

    /**
     * Keeps a request.
     *
     * @return its token, which nobody can guess
     * @throws ResourceExhaustedException when too many wait already
     */
    public synchronized String add(T request) {
        dropExpired();
        if (pending.size() >= LIMIT) {
            throw new ResourceExhaustedException(
                    LIMIT + " streaming requests wait for their clients already");
        }
        String token = Ids.random();
        pending.put(token, new Pending<>(request, clock.nanoTime()));
        return token;
    }

    /** Hands out a request, and never again; empty when the token is unknown, used or too old. */
    public synchronized Optional<T> take(String token) {
        dropExpired();
        return Optional.ofNullable(pending.remove(token)).map(Pending::request);
    }

    private void dropExpired() {
        long now = clock.nanoTime();
        Iterator<Pending<T>> oldest = pending.values().iterator();
        while (oldest.hasNext() && now - oldest.next().since() >= LIFETIME.toNanos()) {
            oldest.remove();
        }
    }
}
