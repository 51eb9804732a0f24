package io.gantry.cri.metrics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** A histogram of seconds for each combination of labels. Thread-safe. */
public final class Times {

    /** Upper bounds in seconds: a list takes one of the first, a pull one of the last. */
    private static final List<Double> BOUNDS =
            List.of(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0);

    private final String name;
    private final String help;
    private final List<String> labels;
    private final Map<List<String>, Histogram> all = new ConcurrentHashMap<>();

    private static final class Histogram {
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

    /**
     * None yet.
     *
     * @param name of the family, which ends in _seconds
     * @param labels their names
     */
    public Times(String name, String help, List<String> labels) {
        this.name = name;
        this.help = help;
        this.labels = List.copyOf(labels);
    }

    /**
     * Something took a time.
     *
     * @param values of the labels, in the order of their names; few different ones, for each
     *     combination is kept for good
     */
    public void add(List<String> values, long nanos) {
        if (values.size() != labels.size()) {
            throw new IllegalArgumentException(values + " are no values of " + labels);
        }
        all.computeIfAbsent(List.copyOf(values), _ -> new Histogram()).add(nanos);
    }

    /** Writes what is known by now. */
    public void writeTo(Exposition text) {
        text.histogram(name, help);
        List<Map.Entry<List<String>, Histogram>> entries = new ArrayList<>(all.entrySet());
        entries.sort(Comparator.comparing(entry -> String.join("\n", entry.getKey())));
        entries.forEach(entry -> write(text, entry.getKey(), entry.getValue()));
    }

    private void write(Exposition text, List<String> values, Histogram histogram) {
        Map<String, String> named = new LinkedHashMap<>();
        for (int i = 0; i < labels.size(); i++) {
            named.put(labels.get(i), values.get(i));
        }
        long sum = 0;
        for (int i = 0; i <= BOUNDS.size(); i++) {
            sum += histogram.counts.get(i);
            Map<String, String> bucket = new LinkedHashMap<>(named);
            bucket.put("le", i < BOUNDS.size() ? Double.toString(BOUNDS.get(i)) : "+Inf");
            text.sample(name + "_bucket", bucket, sum);
        }
        text.sample(
                name + "_sum", named, (double) histogram.nanos.sum() / TimeUnit.SECONDS.toNanos(1));
        text.sample(name + "_count", named, sum);
    }
}
