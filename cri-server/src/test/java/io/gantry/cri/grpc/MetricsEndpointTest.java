package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.proto.cri.ListMetricDescriptorsRequest;
import io.gantry.proto.cri.ListPodSandboxMetricsRequest;
import io.gantry.proto.cri.Metric;
import io.gantry.proto.cri.MetricDescriptor;
import io.gantry.proto.cri.MetricType;
import io.gantry.proto.cri.PodSandboxMetrics;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StreamPodSandboxMetricsRequest;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsEndpointTest {

    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private RuntimeServiceGrpc.RuntimeServiceBlockingStub cri;
    private String pod;
    private String running;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        cri = daemon.cri();
        pod = pod(PodOwner.CRI, "p");
        running = container(pod, "running");
        daemon.containers.start(running, NEVER);
        container(pod, "created");
        daemon.containers.start(container(pod(PodOwner.GANTRY, "own"), "c"), NEVER);
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private String pod(PodOwner owner, String name) {
        return daemon.pods
                .run(
                        owner,
                        PodSandboxConfig.of(new PodSandboxMetadata(name, "u", "ns", 0)),
                        "",
                        NEVER)
                .value();
    }

    private String container(String in, String name) {
        return daemon.containers
                .create(in, ContainerConfig.of(name, "busybox", List.of("sh")), NEVER)
                .value();
    }

    private Map<String, MetricDescriptor> descriptors() {
        return cri
                .listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
                .getDescriptorsList()
                .stream()
                .collect(Collectors.toMap(MetricDescriptor::getName, Function.identity()));
    }

    private List<PodSandboxMetrics> pods() {
        return cri.listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                .getPodMetricsList();
    }

    private static List<Long> values(List<Metric> metrics, String name) {
        return metrics.stream()
                .filter(each -> each.getName().equals("container_" + name))
                .map(each -> each.getValue().getValue())
                .toList();
    }

    @Test
    void aRunningContainerOfTheCriHasItsNumbersAndOthersAreNotListed() {
        PodSandboxMetrics only = pods().getFirst();
        List<Metric> metrics = only.getContainerMetrics(0).getMetricsList();

        assertThat(pods()).hasSize(1);
        assertThat(only.getPodSandboxId()).isEqualTo(pod);
        assertThat(only.getContainerMetricsList()).hasSize(1);
        assertThat(only.getContainerMetrics(0).getContainerId()).isEqualTo(running);
        assertThat(values(metrics, "memory_working_set_bytes")).containsExactly(3500L);
        assertThat(values(metrics, "memory_failures_total")).containsExactly(900L, 90L, 900L, 90L);
        assertThat(values(metrics, "cpu_cfs_periods_total")).containsExactly(30L);
        assertThat(values(metrics, "last_seen")).containsExactly(7L);
        assertThat(values(metrics, "file_descriptors")).containsExactly(9L);
        assertThat(values(metrics, "sockets")).containsExactly(3L);
        assertThat(values(metrics, "ulimits_soft")).containsExactly(1024L);
        assertThat(values(metrics, "threads_max")).containsExactly(77L);
        assertThat(values(metrics, "fs_usage_bytes")).containsExactly(44L);
        assertThat(values(metrics, "fs_inodes_free")).containsExactly(400L);
        assertThat(values(metrics, "fs_reads_bytes_total")).containsExactly(4096L, 1L);
        assertThat(values(metrics, "hugetlb_usage_bytes")).containsExactly(2048L);
        assertThat(values(metrics, "hugetlb_max_usage_bytes")).isEmpty();
        assertThat(values(metrics, "pressure_memory_waiting_seconds_total")).isEmpty();
        assertThat(values(metrics, "pressure_io_waiting_seconds_total")).containsExactly(0L);
        assertThat(values(metrics, "spec_cpu_shares")).containsExactly(1024L);
        assertThat(values(metrics, "spec_cpu_quota")).isEmpty();
        assertThat(values(metrics, "spec_memory_limit_bytes")).containsExactly(8000L);
        assertThat(values(only.getMetricsList(), "network_receive_packets_total"))
                .containsExactly(2L, 20L);
        assertThat(values(only.getMetricsList(), "network_transmit_packets_dropped_total"))
                .containsExactly(8L, 80L);
    }

    @Test
    void everyMetricIsDescribedAndHasAValueForEachLabel() {
        Map<String, MetricDescriptor> described = descriptors();

        assertThat(described).hasSize(56);
        assertThat(described.values())
                .allSatisfy(each -> assertThat(each.getHelp()).isNotBlank())
                .allSatisfy(
                        each ->
                                assertThat(each.getLabelKeysList())
                                        .startsWith("pod", "namespace", "container", "id"));
        assertThat(all(pods().getFirst()))
                .allSatisfy(
                        each ->
                                assertThat(each.getLabelValuesList())
                                        .as(each.getName())
                                        .hasSameSizeAs(
                                                Objects.requireNonNull(
                                                                described.get(each.getName()))
                                                        .getLabelKeysList()))
                .allSatisfy(each -> assertThat(each.getTimestamp()).isEqualTo(7_000_000_000L));
    }

    /** A scraper refuses the whole answer for one series that is there twice. */
    @Test
    void noTwoValuesHaveTheSameNameAndLabels() {
        pod(PodOwner.CRI, "p2");
        assertThat(pods().stream().flatMap(MetricsEndpointTest::all))
                .extracting(each -> each.getName() + each.getLabelValuesList())
                .doesNotHaveDuplicates();
    }

    private static Stream<Metric> all(PodSandboxMetrics pod) {
        return Stream.concat(
                pod.getMetricsList().stream(),
                pod.getContainerMetricsList().stream()
                        .flatMap(each -> each.getMetricsList().stream()));
    }

    @Test
    void labelsNameThePodTheContainerTheDeviceAndTheDirection() {
        List<Metric> metrics = pods().getFirst().getContainerMetrics(0).getMetricsList();
        List<Metric> usage =
                metrics.stream()
                        .filter(each -> each.getName().equals("container_blkio_device_usage_total"))
                        .toList();

        assertThat(usage.getFirst().getLabelValuesList())
                .startsWith("p", "ns", "running")
                .endsWith("busybox", "/dev/sda", "8", "0", "Read");
        assertThat(usage.get(2).getLabelValuesList()).endsWith("9:9", "9", "9", "Read");
        assertThat(usage.getFirst().getMetricType()).isEqualTo(MetricType.COUNTER);
        assertThat(metrics)
                .filteredOn(each -> each.getName().equals("container_memory_rss"))
                .allSatisfy(each -> assertThat(each.getMetricType()).isEqualTo(MetricType.GAUGE));
    }

    @Test
    void theyAreStreamedAsTheyAreListed() {
        assertThat(
                        cri.streamPodSandboxMetrics(
                                        StreamPodSandboxMetricsRequest.getDefaultInstance())
                                .next()
                                .getPodSandboxMetricsList())
                .isEqualTo(pods());
    }
}
