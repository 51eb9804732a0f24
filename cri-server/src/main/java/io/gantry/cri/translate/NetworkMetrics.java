package io.gantry.cri.translate;

import io.gantry.cri.translate.MetricFamily.Value;
import io.gantry.linux.procfs.NetworkDevice;
import io.gantry.linux.procfs.NetworkDevice.Traffic;
import io.gantry.proto.cri.MetricType;
import io.gantry.runtime.stats.PodUse;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The metrics of the network devices of pods. */
final class NetworkMetrics {

    static final List<MetricFamily<PodUse>> ALL =
            Stream.concat(
                            oneWay("receive", "received", NetworkDevice::received),
                            oneWay("transmit", "sent", NetworkDevice::sent))
                    .toList();

    private NetworkMetrics() {}

    private static Stream<MetricFamily<PodUse>> oneWay(
            String way, String verb, Function<NetworkDevice, Traffic> traffic) {
        String prefix = "network_" + way + "_";
        return Stream.of(
                family(prefix + "bytes_total", "Bytes " + verb + ".", traffic, Traffic::bytes),
                family(
                        prefix + "errors_total",
                        "Errors of what was " + verb + ".",
                        traffic,
                        Traffic::errors),
                family(
                        prefix + "packets_dropped_total",
                        "Packets dropped instead of being " + verb + ".",
                        traffic,
                        Traffic::dropped),
                family(
                        prefix + "packets_total",
                        "Packets " + verb + ".",
                        traffic,
                        Traffic::packets));
    }

    private static MetricFamily<PodUse> family(
            String name,
            String help,
            Function<NetworkDevice, Traffic> traffic,
            ToLongFunction<Traffic> number) {
        return new MetricFamily<>(
                name,
                MetricType.COUNTER,
                help,
                List.of("interface"),
                pod ->
                        pod.devices().stream()
                                .map(
                                        device ->
                                                new Value(
                                                        List.of(device.name()),
                                                        number.applyAsLong(traffic.apply(device))))
                                .toList());
    }
}
