package io.gantry.cri.translate;

import io.gantry.proto.cri.Metric;
import io.gantry.proto.cri.MetricDescriptor;
import io.gantry.proto.cri.MetricType;
import io.gantry.proto.cri.UInt64Value;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * A metric and how its values are got.
 *
 * @param <T> what it is a number of
 * @param labels that it has beside those that every metric has
 * @param values none where the number is not known
 */
record MetricFamily<T>(
        String name,
        MetricType type,
        String help,
        List<String> labels,
        Function<T, List<Value>> values) {

    /** What every metric is labelled with. */
    static final List<String> COMMON = List.of("pod", "namespace", "container", "id", "image");

    private static final String PREFIX = "container_";

    /**
     * A number.
     *
     * @param labels values of the family's own labels, in their order
     */
    record Value(List<String> labels, long number) {

        static List<Value> of(OptionalLong number) {
            return number.stream().mapToObj(each -> new Value(List.of(), each)).toList();
        }
    }

    /** What only grows while the subject is there. */
    static <T> MetricFamily<T> counter(String name, String help, ToLongFunction<T> number) {
        return single(name, MetricType.COUNTER, help, number);
    }

    /** What goes up and down. */
    static <T> MetricFamily<T> gauge(String name, String help, ToLongFunction<T> number) {
        return single(name, MetricType.GAUGE, help, number);
    }

    private static <T> MetricFamily<T> single(
            String name, MetricType type, String help, ToLongFunction<T> number) {
        return new MetricFamily<>(
                name,
                type,
                help,
                List.of(),
                subject -> List.of(new Value(List.of(), number.applyAsLong(subject))));
    }

    MetricDescriptor descriptor() {
        return MetricDescriptor.newBuilder()
                .setName(PREFIX + name)
                .setHelp(help)
                .addAllLabelKeys(COMMON)
                .addAllLabelKeys(labels)
                .build();
    }

    /**
     * The values for a subject.
     *
     * @param common values of the common labels
     * @param at Unix nanoseconds at which they were read
     */
    Stream<Metric> read(T subject, List<String> common, long at) {
        return values.apply(subject).stream()
                .map(
                        value ->
                                Metric.newBuilder()
                                        .setName(PREFIX + name)
                                        .setTimestamp(at)
                                        .setMetricType(type)
                                        .addAllLabelValues(common)
                                        .addAllLabelValues(value.labels())
                                        .setValue(
                                                UInt64Value.newBuilder()
                                                        .setValue(Math.max(0, value.number())))
                                        .build());
    }
}
