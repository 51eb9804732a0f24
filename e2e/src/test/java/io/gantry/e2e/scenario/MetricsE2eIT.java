package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ListMetricDescriptorsRequest;
import io.gantry.proto.cri.ListPodSandboxMetricsRequest;
import io.gantry.proto.cri.Metric;
import io.gantry.proto.cri.MetricDescriptor;
import io.gantry.proto.cri.PodSandboxMetrics;
import io.gantry.proto.cri.StreamPodSandboxMetricsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Metrics, as a kubelet asks for them to be scraped. */
class MetricsE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long MIB = 1L << 20;

    /** Of containers, whatever kernel they run on. */
    private static final Set<String> EVERYWHERE =
            Set.of(
                    "container_cpu_cfs_periods_total",
                    "container_cpu_cfs_throttled_periods_total",
                    "container_cpu_cfs_throttled_seconds_total",
                    "container_cpu_system_seconds_total",
                    "container_cpu_usage_seconds_total",
                    "container_cpu_user_seconds_total",
                    "container_file_descriptors",
                    "container_fs_inodes_free",
                    "container_fs_inodes_total",
                    "container_fs_limit_bytes",
                    "container_fs_usage_bytes",
                    "container_last_seen",
                    "container_memory_cache",
                    "container_memory_failcnt",
                    "container_memory_failures_total",
                    "container_memory_kernel_usage",
                    "container_memory_mapped_file",
                    "container_memory_max_usage_bytes",
                    "container_memory_rss",
                    "container_memory_swap",
                    "container_memory_usage_bytes",
                    "container_memory_working_set_bytes",
                    "container_oom_events_total",
                    "container_processes",
                    "container_sockets",
                    "container_spec_cpu_period",
                    "container_spec_cpu_shares",
                    "container_spec_memory_limit_bytes",
                    "container_spec_memory_reservation_limit_bytes",
                    "container_spec_memory_swap_limit_bytes",
                    "container_start_time_seconds",
                    "container_threads",
                    "container_threads_max",
                    "container_ulimits_soft");

    private static List<MetricDescriptor> descriptors() {
        return NODE.cri()
                .runtime()
                .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
                .getDescriptorsList();
    }

    private static List<PodSandboxMetrics> pods() {
        return NODE.cri()
                .runtime()
                .listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                .getPodMetricsList();
    }

    private static List<Metric> all(PodSandboxMetrics pod) {
        return Stream.concat(
                        pod.getMetricsList().stream(),
                        pod.getContainerMetricsList().stream()
                                .flatMap(each -> each.getMetricsList().stream()))
                .toList();
    }

    private static long value(List<Metric> metrics, String name) {
        return metrics.stream()
                .filter(each -> each.getName().equals("container_" + name))
                .findFirst()
                .orElseThrow()
                .getValue()
                .getValue();
    }

    private static List<Metric> ofContainer() {
        return pods().getFirst().getContainerMetrics(0).getMetricsList();
    }

    @Test
    void everyMetricOfARunningContainerIsThereWithAValueForEachLabel() {
        NODE.idle("all");
        // Who asks first does not wait long for the size of a layer.
        Await.until(
                "a size",
                Await.seconds(60),
                () ->
                        ofContainer().stream()
                                .anyMatch(
                                        each -> each.getName().equals("container_fs_usage_bytes")));
        List<Metric> metrics = ofContainer();

        assertThat(metrics.stream().map(Metric::getName).collect(Collectors.toSet()))
                .containsAll(EVERYWHERE);
        for (Metric metric : all(pods().getFirst())) {
            MetricDescriptor descriptor =
                    descriptors().stream()
                            .filter(each -> each.getName().equals(metric.getName()))
                            .findFirst()
                            .orElseThrow(() -> new AssertionError("not described: " + metric));
            assertThat(metric.getLabelValuesList())
                    .as(metric.getName())
                    .hasSameSizeAs(descriptor.getLabelKeysList());
        }
        assertThat(metrics.getFirst().getLabelValuesList())
                .startsWith("all", "e2e", "c")
                .contains(NODE.image());
    }

    @Test
    void theNumbersAreThoseOfTheContainer() {
        ContainerConfig.Builder config =
                Requests.script(
                        "c",
                        NODE.image(),
                        "exec 7</etc/passwd 8</etc/passwd; head -c 20971520 /dev/zero >"
                                + " /dev/shm/x; head -c 3145728 /dev/zero > /big; sleep 1000");
        config.getLinuxBuilder()
                .setResources(
                        Requests.memory(64 * MIB).toBuilder()
                                .setCpuPeriod(100_000)
                                .setCpuQuota(50_000)
                                .setCpuShares(512));
        NODE.run(NODE.pod("numbers").build(), config.build());
        Await.until(
                "20 MiB in use",
                Await.seconds(60),
                () -> value(ofContainer(), "memory_usage_bytes") >= 20 * MIB);
        List<Metric> metrics = ofContainer();

        assertThat(value(metrics, "spec_memory_limit_bytes")).isEqualTo(64 * MIB);
        assertThat(value(metrics, "spec_cpu_quota")).isEqualTo(50_000);
        assertThat(value(metrics, "spec_cpu_period")).isEqualTo(100_000);
        assertThat(value(metrics, "spec_cpu_shares")).isEqualTo(512);
        assertThat(value(metrics, "memory_max_usage_bytes")).isBetween(20 * MIB, 64 * MIB);
        assertThat(value(metrics, "processes")).isBetween(1L, 4L);
        // Standard streams and the two that the script opened, at least in the shell.
        assertThat(value(metrics, "file_descriptors")).isGreaterThanOrEqualTo(5);
        assertThat(value(metrics, "fs_limit_bytes")).isGreaterThan(3 * MIB);
        assertThat(value(metrics, "start_time_seconds")).isPositive();
    }

    @Test
    void noSeriesIsThereTwiceAndAStoppedPodHasNone() {
        NODE.idle("one");
        NODE.idle("two");
        List<String> series = new ArrayList<>();
        pods().forEach(
                        pod ->
                                all(pod).forEach(
                                                each ->
                                                        series.add(
                                                                each.getName()
                                                                        + each
                                                                                .getLabelValuesList())));
        assertThat(series).hasSizeGreaterThan(100).doesNotHaveDuplicates();
        Set<String> streamed = new TreeSet<>();
        NODE.cri()
                .runtime()
                .streamPodSandboxMetrics(StreamPodSandboxMetricsRequest.getDefaultInstance())
                .forEachRemaining(
                        batch ->
                                batch.getPodSandboxMetricsList()
                                        .forEach(pod -> streamed.add(pod.getPodSandboxId())));
        assertThat(streamed)
                .hasSize(2)
                .isEqualTo(
                        pods().stream()
                                .map(PodSandboxMetrics::getPodSandboxId)
                                .collect(Collectors.toCollection(TreeSet::new)));

        String stopped = pods().getFirst().getPodSandboxId();
        NODE.cri().stopPod(stopped);
        assertThat(pods())
                .extracting(PodSandboxMetrics::getPodSandboxId)
                .hasSize(1)
                .doesNotContain(stopped);
    }
}
