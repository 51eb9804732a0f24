package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerStats;
import io.gantry.proto.cri.ContainerStatsFilter;
import io.gantry.proto.cri.ContainerStatsRequest;
import io.gantry.proto.cri.LinuxPodSandboxStats;
import io.gantry.proto.cri.ListContainerStatsRequest;
import io.gantry.proto.cri.ListPodSandboxStatsRequest;
import io.gantry.proto.cri.PodSandboxStats;
import io.gantry.proto.cri.PodSandboxStatsFilter;
import io.gantry.proto.cri.PodSandboxStatsRequest;
import io.gantry.proto.cri.StreamContainerStatsRequest;
import io.gantry.proto.cri.StreamPodSandboxStatsRequest;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What pods and containers use, as a kubelet asks for it. */
class StatsE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long MIB = 1L << 20;

    private static ContainerStats stats(String container) {
        return NODE.cri()
                .runtime()
                .containerStats(
                        ContainerStatsRequest.newBuilder().setContainerId(container).build())
                .getStats();
    }

    private static LinuxPodSandboxStats pod(String sandbox) {
        return NODE.cri()
                .runtime()
                .podSandboxStats(
                        PodSandboxStatsRequest.newBuilder().setPodSandboxId(sandbox).build())
                .getStats()
                .getLinux();
    }

    private static List<String> ids(ContainerStatsFilter.Builder filter) {
        return NODE
                .cri()
                .runtime()
                .listContainerStats(
                        ListContainerStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList()
                .stream()
                .map(each -> each.getAttributes().getId())
                .toList();
    }

    private static List<String> podIds(PodSandboxStatsFilter.Builder filter) {
        return NODE
                .cri()
                .runtime()
                .listPodSandboxStats(
                        ListPodSandboxStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList()
                .stream()
                .map(each -> each.getAttributes().getId())
                .toList();
    }

    @Test
    void aBusyContainerUsesAProcessorAndTheRateIsOfTheLastSeconds() {
        String container = NODE.run("busy", "while :; do :; done");
        ContainerStats first = stats(container);
        Await.until(
                "a rate", Await.seconds(60), () -> stats(container).getCpu().hasUsageNanoCores());
        ContainerStats later = stats(container);

        assertThat(later.getCpu().getUsageCoreNanoSeconds().getValue())
                .isGreaterThan(first.getCpu().getUsageCoreNanoSeconds().getValue());
        assertThat(later.getCpu().getTimestamp()).isGreaterThan(first.getCpu().getTimestamp());
        // One process: at most one processor, and on a busy machine much less.
        assertThat(later.getCpu().getUsageNanoCores().getValue())
                .isBetween(1_000_000L, 1_300_000_000L);
    }

    @Test
    void memoryIsCountedAndTheLimitTellsWhatIsLeft() {
        Made made = limited("memory", "head -c 20971520 /dev/zero > /dev/shm/x; sleep 1000");
        // Of the working set: what the program itself was read into is in use before.
        Await.until(
                "20 MiB in use",
                Await.seconds(60),
                () ->
                        stats(made.container()).getMemory().getWorkingSetBytes().getValue()
                                >= 20 * MIB);
        ContainerStats stats = stats(made.container());

        assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isBetween(20 * MIB, 64 * MIB);
        assertThat(stats.getMemory().getAvailableBytes().getValue())
                .isEqualTo(64 * MIB - stats.getMemory().getWorkingSetBytes().getValue());
        assertThat(stats.getMemory().getPageFaults().getValue()).isPositive();
        assertThat(stats.getSwap().getSwapUsageBytes().getValue()).isZero();
        assertThat(pod(made.sandbox()).getMemory().getUsageBytes().getValue())
                .isGreaterThanOrEqualTo(20 * MIB);
    }

    private record Made(String sandbox, String container) {}

    private static Made limited(String name, String script) {
        ContainerConfig.Builder config = Requests.script("c", NODE.image(), script);
        config.getLinuxBuilder().setResources(Requests.memory(64 * MIB));
        String container = NODE.run(NODE.pod(name).build(), config.build());
        String sandbox =
                NODE.cri().containers().stream()
                        .filter(each -> each.getId().equals(container))
                        .findFirst()
                        .orElseThrow()
                        .getPodSandboxId();
        return new Made(sandbox, container);
    }

    @Test
    void whatAContainerHasWrittenIsItsWritableLayer() {
        String container =
                NODE.run("written", "head -c 3145728 /dev/zero > /big; echo done; sleep 1000");
        Await.until(
                "output",
                Await.seconds(60),
                () ->
                        NODE.cri().exec(container, "/bin/sh", "-c", "test -s /big").getExitCode()
                                        == 0
                                && NODE.cri().shell(container, "wc -c < /big").contains("3145728"));
        // Who asks first does not wait long for it to be measured.
        Await.until("a size", Await.seconds(60), () -> stats(container).hasWritableLayer());
        var layer = stats(container).getWritableLayer();

        assertThat(layer.getUsedBytes().getValue()).isBetween(3 * MIB, 8 * MIB);
        assertThat(layer.getInodesUsed().getValue()).isPositive();
        assertThat(layer.getTimestamp()).isPositive();
        assertThat(Path.of(layer.getFsId().getMountpoint())).isDirectory();
    }

    @Test
    void statsAreListedByPodLabelAndIdAndStreamed() {
        ContainerConfig labelled =
                Requests.script("c", NODE.image(), "sleep 1000").putLabels("tier", "db").build();
        String one = NODE.run(NODE.pod("one").putLabels("app", "a").build(), labelled);
        String two = NODE.idle("two");
        var sandboxes = NODE.cri().containers();
        String podOfOne =
                sandboxes.stream()
                        .filter(each -> each.getId().equals(one))
                        .findFirst()
                        .orElseThrow()
                        .getPodSandboxId();

        assertThat(ids(ContainerStatsFilter.newBuilder())).containsExactlyInAnyOrder(one, two);
        assertThat(ids(ContainerStatsFilter.newBuilder().putLabelSelector("tier", "db")))
                .containsExactly(one);
        assertThat(ids(ContainerStatsFilter.newBuilder().setPodSandboxId(podOfOne)))
                .containsExactly(one);
        assertThat(ids(ContainerStatsFilter.newBuilder().setId(two.substring(0, 20))))
                .containsExactly(two);
        assertThat(podIds(PodSandboxStatsFilter.newBuilder().putLabelSelector("app", "a")))
                .containsExactly(podOfOne);
        assertThat(podIds(PodSandboxStatsFilter.newBuilder())).hasSize(2);
        assertThat(
                        NODE.cri()
                                .runtime()
                                .streamContainerStats(
                                        StreamContainerStatsRequest.getDefaultInstance())
                                .next()
                                .getContainerStatsList())
                .extracting(each -> each.getAttributes().getId())
                .containsExactlyInAnyOrder(one, two);
        PodSandboxStats streamed =
                NODE.cri()
                        .runtime()
                        .streamPodSandboxStats(StreamPodSandboxStatsRequest.getDefaultInstance())
                        .next()
                        .getPodSandboxStats(0);
        assertThat(streamed.getLinux().getContainersList()).hasSize(1);
        assertThat(streamed.getLinux().getProcess().getProcessCount().getValue()).isPositive();
    }

    @Test
    void anExitedContainerIsListedWithItsLayerAloneAndAStoppedPodIsNot() {
        String container = NODE.run("over", "exit 0");
        NODE.cri().awaitExit(container);
        Await.until("a size", Await.seconds(60), () -> stats(container).hasWritableLayer());
        ContainerStats stats = stats(container);
        assertThat(stats.getAttributes().getId()).isEqualTo(container);
        assertThat(stats.hasCpu()).isFalse();
        assertThat(stats.hasMemory()).isFalse();
        assertThat(stats.hasWritableLayer()).isTrue();

        String sandbox = NODE.cri().pods().getFirst().getId();
        NODE.cri().stopPod(sandbox);
        assertThat(podIds(PodSandboxStatsFilter.newBuilder())).isEmpty();
        assertThatThrownBy(() -> pod(sandbox))
                .satisfies(e -> Failures.is(e, Status.Code.UNAVAILABLE, sandbox));
    }
}
