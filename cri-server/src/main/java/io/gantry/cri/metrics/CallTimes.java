package io.gantry.cri.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** How long calls took, by method and outcome, and how many are under way. Thread-safe. */
public final class CallTimes {

    private static final String SECONDS = "gantry_call_seconds";
    private static final String RUNNING = "gantry_calls_running";

    /** Upper bounds in seconds: a list takes one of the first, a pull one of the last. */
    private static final List<Double> BOUNDS =
            List.of(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0);

    private final Map<Kind, Times> ended = new ConcurrentHashMap<>();
    private final Map<String, AtomicLong> running = new ConcurrentHashMap<>();

    /** Methods are a fixed set, and so are codes: no client makes this grow. */
    private record Kind(String method, String code) {}

    private static final class Times {
        private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.size() + 1);
        private final LongAdder nanos = new LongAdder();

        void add(long duration) {
            double seconds = (double) duration / TimeUnit.SECONDS.toNanos(1);
            int bucket = 0;
            while (bucket < BOUNDS.size() && seconds > BOUNDS.get(bucket)) {
                bucket++;
            }
            counts.incrementAndGet(bucket);
            nanos.add(duration);
        }
    }

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
        ended.computeIfAbsent(new Kind(method, code), _ -> new Times()).add(nanos);
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
        text.histogram(SECONDS, "Seconds that calls took, by method and gRPC code.");
        List<Kind> kinds = new ArrayList<>(ended.keySet());
        kinds.sort(Comparator.comparing(Kind::method).thenComparing(Kind::code));
        for (Kind kind : kinds) {
            write(text, kind, ended.getOrDefault(kind, new Times()));
        }
    }

    private AtomicLong counter(String method) {
        return running.getOrDefault(method, new AtomicLong());
    }

    private static void write(Exposition text, Kind kind, Times times) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("method", kind.method());
        labels.put("code", kind.code());
        long sum = 0;
        for (int i = 0; i <= BOUNDS.size(); i++) {
            sum += times.counts.get(i);
            Map<String, String> bucket = new LinkedHashMap<>(labels);
            bucket.put("le", i < BOUNDS.size() ? Double.toString(BOUNDS.get(i)) : "+Inf");
            text.sample(SECONDS + "_bucket", bucket, sum);
        }
        text.sample(
                SECONDS + "_sum", labels, (double) times.nanos.sum() / TimeUnit.SECONDS.toNanos(1));
        text.sample(SECONDS + "_count", labels, sum);
    }
}
