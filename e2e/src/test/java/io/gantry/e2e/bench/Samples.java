package io.gantry.e2e.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values by name: milliseconds and kibibytes. */
final class Samples {

    private final Map<String, List<Double>> values = new LinkedHashMap<>();

    /** What is timed. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws Exception;
    }

    record Summary(int n, double median, double p95) {}

    <T> T time(String name, Call<T> call) throws Exception {
        long began = System.nanoTime();
        T result = call.run();
        add(name, millisSince(began));
        return result;
    }

    void add(String name, double value) {
        values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    }

    static double millisSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e6;
    }

    Map<String, Summary> summaries() {
        Map<String, Summary> summaries = new LinkedHashMap<>();
        values.forEach((name, list) -> summaries.put(name, summary(list)));
        return summaries;
    }

    private static Summary summary(List<Double> list) {
        List<Double> sorted = new ArrayList<>(list);
        Collections.sort(sorted);
        return new Summary(sorted.size(), rank(sorted, 0.5), rank(sorted, 0.95));
    }

    private static double rank(List<Double> sorted, double share) {
        return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }
}
