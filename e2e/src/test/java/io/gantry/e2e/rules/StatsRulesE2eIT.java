package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.ContainerStats;
import io.gantry.proto.cri.ContainerStatsFilter;
import io.gantry.proto.cri.ContainerStatsRequest;
import io.gantry.proto.cri.ListContainerStatsRequest;
import io.gantry.proto.cri.ListMetricDescriptorsRequest;
import io.gantry.proto.cri.ListPodSandboxMetricsRequest;
import io.gantry.proto.cri.ListPodSandboxStatsRequest;
import io.gantry.proto.cri.MetricDescriptor;
import io.gantry.proto.cri.PodSandboxStats;
import io.gantry.proto.cri.PodSandboxStatsFilter;
import io.gantry.proto.cri.PodSandboxStatsRequest;
import io.gantry.proto.cri.StreamContainerStatsRequest;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** ContainerStats, PodSandboxStats, their lists, and metrics. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class StatsRulesE2eIT {

    private static final String UNKNOWN = "fedcba9876543210".repeat(4);

    private static ContainerStats stats(Subject node, String container) {
        return node.cri()
                .runtime()
                .containerStats(
                        ContainerStatsRequest.newBuilder().setContainerId(container).build())
                .getStats();
    }

    private static List<String> list(Subject node, ContainerStatsFilter.Builder filter) {
        return node
                .cri()
                .runtime()
                .listContainerStats(
                        ListContainerStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList()
                .stream()
                .map(each -> each.getAttributes().getId())
                .toList();
    }

    @Rule
    void aContainerHasItsUseOfProcessorsMemoryAndDisk(Subject node) {
        String container = node.run("stats", node.idle("c").putLabels("k", "v"));
        node.cri().shell(container, "dd if=/dev/zero of=/tmp/file bs=1M count=2");
        Await.until(
                "what it wrote is counted",
                Await.seconds(60),
                () ->
                        stats(node, container).getWritableLayer().getUsedBytes().getValue()
                                > 2 << 20);
        ContainerStats stats = stats(node, container);
        assertThat(stats.getAttributes().getId()).isEqualTo(container);
        assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("c");
        assertThat(stats.getAttributes().getLabelsMap()).containsEntry("k", "v");
        assertThat(stats.getCpu().getTimestamp()).isPositive();
        assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
        assertThat(stats.getMemory().getTimestamp()).isPositive();
        assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isPositive();
        assertThat(stats.getWritableLayer().getInodesUsed().getValue()).isPositive();
        assertThat(Path.of(stats.getWritableLayer().getFsId().getMountpoint())).exists();
    }

    @Rule
    void theStatsOfAContainerThatIsNotThereAreNotFound(Subject node) {
        node.refuses(Status.Code.NOT_FOUND, () -> stats(node, UNKNOWN), UNKNOWN);
    }

    @Rule
    void statsAreListedByIdPodAndLabelsAndWithoutAFilterOfAll(Subject node) {
        String one = node.run("one", node.idle("c").putLabels("k", "v").putLabels("n", "1"));
        String two = node.run("two", node.idle("c").putLabels("k", "v").putLabels("n", "2"));
        String three = node.runIdle("three");
        String pod = podOf(node, one);
        assertThat(list(node, ContainerStatsFilter.newBuilder()))
                .containsExactlyInAnyOrder(one, two, three);
        assertThat(
                        node.cri()
                                .runtime()
                                .listContainerStats(ListContainerStatsRequest.getDefaultInstance())
                                .getStatsList())
                .hasSize(3);
        assertThat(list(node, ContainerStatsFilter.newBuilder().setId(one))).containsExactly(one);
        assertThat(list(node, ContainerStatsFilter.newBuilder().setPodSandboxId(pod)))
                .containsExactly(one);
        assertThat(list(node, ContainerStatsFilter.newBuilder().putLabelSelector("k", "v")))
                .containsExactlyInAnyOrder(one, two);
        assertThat(
                        list(
                                node,
                                ContainerStatsFilter.newBuilder()
                                        .putLabelSelector("k", "v")
                                        .putLabelSelector("n", "2")))
                .containsExactly(two);
    }

    private static String podOf(Subject node, String container) {
        return node.cri().containers().stream()
                .filter(each -> each.getId().equals(container))
                .findFirst()
                .orElseThrow()
                .getPodSandboxId();
    }

    @Rule(notContainerd = "it lists in one answer only before 2.3")
    void theStreamedListOfStatsHasTheSameContainers(Subject node) {
        String one = node.runIdle("streamed-one");
        String two = node.runIdle("streamed-two");
        List<String> streamed = new ArrayList<>();
        node.cri()
                .runtime()
                .streamContainerStats(StreamContainerStatsRequest.getDefaultInstance())
                .forEachRemaining(
                        part ->
                                part.getContainerStatsList()
                                        .forEach(
                                                each ->
                                                        streamed.add(
                                                                each.getAttributes().getId())));
        assertThat(streamed).containsExactlyInAnyOrder(one, two);
    }

    @Rule
    void aPodHasItsUseOfProcessorsMemoryNetworkAndProcesses(Subject node) {
        node.runIdle("pod-stats");
        String pod = node.cri().pods().getFirst().getId();
        PodSandboxStats stats =
                node.cri()
                        .runtime()
                        .podSandboxStats(
                                PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build())
                        .getStats();
        assertThat(stats.getAttributes().getId()).isEqualTo(pod);
        assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("pod-stats");
        assertThat(stats.getLinux().getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
        assertThat(stats.getLinux().getMemory().getWorkingSetBytes().getValue()).isPositive();
        assertThat(stats.getLinux().getNetwork().getDefaultInterface().getName()).isEqualTo("eth0");
        assertThat(stats.getLinux().getProcess().getProcessCount().getValue()).isPositive();
        assertThat(stats.getLinux().getContainersList()).hasSize(1);
        node.refuses(
                Status.Code.NOT_FOUND,
                () ->
                        node.cri()
                                .runtime()
                                .podSandboxStats(
                                        PodSandboxStatsRequest.newBuilder()
                                                .setPodSandboxId(UNKNOWN)
                                                .build()),
                UNKNOWN);
    }

    @Rule
    void statsOfPodsAreListedByIdAndLabels(Subject node) {
        String one = node.runPod(node.pod("one").putLabels("k", "1").build());
        String two = node.runPod(node.pod("two").putLabels("k", "2").build());
        assertThat(pods(node, PodSandboxStatsFilter.newBuilder()))
                .containsExactlyInAnyOrder(one, two);
        assertThat(pods(node, PodSandboxStatsFilter.newBuilder().setId(one))).containsExactly(one);
        assertThat(pods(node, PodSandboxStatsFilter.newBuilder().putLabelSelector("k", "2")))
                .containsExactly(two);
    }

    private static List<String> pods(Subject node, PodSandboxStatsFilter.Builder filter) {
        return node
                .cri()
                .runtime()
                .listPodSandboxStats(
                        ListPodSandboxStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList()
                .stream()
                .map(each -> each.getAttributes().getId())
                .toList();
    }

    @Rule(notContainerd = "it has no metrics of the CRI before 2.0")
    void everyMetricIsDescribedAndHasAValueForEachLabel(Subject node) {
        node.runIdle("metrics");
        var runtime = node.cri().runtime();
        List<MetricDescriptor> descriptors =
                runtime.listMetricDescriptors(ListMetricDescriptorsRequest.getDefaultInstance())
                        .getDescriptorsList();
        assertThat(descriptors)
                .isNotEmpty()
                .allSatisfy(each -> assertThat(each.getHelp()).as(each.getName()).isNotEmpty());
        var pods =
                runtime.listPodSandboxMetrics(ListPodSandboxMetricsRequest.getDefaultInstance())
                        .getPodMetricsList();
        assertThat(pods).hasSize(1);
        assertThat(pods.getFirst().getContainerMetricsList().getFirst().getMetricsList())
                .isNotEmpty()
                .allSatisfy(
                        metric -> {
                            MetricDescriptor known =
                                    descriptors.stream()
                                            .filter(each -> each.getName().equals(metric.getName()))
                                            .findFirst()
                                            .orElseThrow();
                            assertThat(metric.getLabelValuesCount())
                                    .as(metric.getName())
                                    .isEqualTo(known.getLabelKeysCount());
                        });
    }
}
