package io.gantry.cri.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How long calls took, by method and outcome, and how many are under way. Methods are a fixed set,
 * and so are codes: no client makes this grow. Thread-safe.
 */
public final class CallTimes {

    private static final String RUNNING = "gantry_calls_running";

    private final Times ended =
            new Times(
                    "gantry_call_seconds",
                    "Seconds that calls took, by method and gRPC code.",
                    List.of("method", "code"));
    private final Map<String, AtomicLong> running = new ConcurrentHashMap<>();

    /** A call of a method begins. */
    public void began(String method) {
        running.computeIfAbsent(method, _ -> new AtomicLong()).incrementAndGet();
    }

    /**
     * It has ended; to be told once for each that began.
     *
     * @param code of gRPC, by its name
     */
    public void ended(String method, String code, long nanos) {
        running.computeIfAbsent(method, _ -> new AtomicLong()).decrementAndGet();
        ended.add(List.of(method, code), nanos);
    }

    /** Writes what is known by now. */
    public void writeTo(Exposition text) {
        text.gauge(RUNNING, "Calls under way, by method.");
        running.keySet().stream()
                .sorted()
                .forEach(
                        method ->
                                text.sample(
                                        RUNNING, Map.of("method", method), counter(method).get()));
        ended.writeTo(text);
    }

    private AtomicLong counter(String method) {
        return running.getOrDefault(method, new AtomicLong());
    }
}
