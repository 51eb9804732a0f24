package io.gantry.cri.metrics;

import java.util.Map;

/**
 * A text of metrics (Prometheus exposition format 0.0.4). Samples of a family follow its head. Not
 * thread-safe.
 */
public final class Exposition {

    private final StringBuilder text = new StringBuilder();

    /** Begins a family of numbers that only grow. */
    public Exposition counter(String name, String help) {
        return head(name, "counter", help);
    }

    /** Begins a family of numbers that go up and down. */
    public Exposition gauge(String name, String help) {
        return head(name, "gauge", help);
    }

    Exposition histogram(String name, String help) {
        return head(name, "histogram", help);
    }

    private Exposition head(String name, String type, String help) {
        text.append("# HELP ").append(name).append(' ').append(escaped(help)).append('\n');
        text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        return this;
    }

    /** A whole number. */
    public Exposition sample(String name, Map<String, String> labels, long value) {
        return sample(name, labels, Long.toString(value));
    }

    /** A number. */
    public Exposition sample(String name, Map<String, String> labels, double value) {
        return sample(name, labels, Double.toString(value));
    }

    private Exposition sample(String name, Map<String, String> labels, String value) {
        text.append(name);
        char separator = '{';
        for (Map.Entry<String, String> label : labels.entrySet()) {
            text.append(separator)
                    .append(label.getKey())
                    .append("=\"")
                    .append(escaped(label.getValue()).replace("\"", "\\\""))
                    .append('"');
            separator = ',';
        }
        text.append(labels.isEmpty() ? " " : "} ").append(value).append('\n');
        return this;
    }

    private static String escaped(String words) {
        return words.replace("\\", "\\\\").replace("\n", "\\n");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
