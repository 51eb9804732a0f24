package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.proto.cri.ContainerStats;
import io.gantry.proto.cri.ContainerStatsFilter;
import io.gantry.proto.cri.ContainerStatsRequest;
import io.gantry.proto.cri.LinuxPodSandboxStats;
import io.gantry.proto.cri.ListContainerStatsRequest;
import io.gantry.proto.cri.ListPodSandboxStatsRequest;
import io.gantry.proto.cri.NetworkInterfaceUsage;
import io.gantry.proto.cri.PodSandboxStats;
import io.gantry.proto.cri.PodSandboxStatsFilter;
import io.gantry.proto.cri.PodSandboxStatsRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StreamContainerStatsRequest;
import io.gantry.proto.cri.StreamPodSandboxStatsRequest;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsEndpointTest {

    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);
    private static final long AT = FakeStats.AT.getEpochSecond() * 1_000_000_000;

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private RuntimeServiceGrpc.RuntimeServiceBlockingStub cri;
    private String pod;
    private String running;
    private String created;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        cri = daemon.cri();
        pod = pod(PodOwner.CRI, "p");
        running = container(pod, "running");
        daemon.containers.start(running, NEVER);
        created = container(pod, "created");
        container(pod(PodOwner.GANTRY, "own"), "c");
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private String pod(PodOwner owner, String name) {
        return daemon.pods
                .run(
                        owner,
                        PodSandboxConfig.of(new PodSandboxMetadata(name, "u", "n", 0)),
                        "",
                        NEVER)
                .value();
    }

    private String container(String in, String name) {
        return daemon.containers
                .create(in, ContainerConfig.of(name, "busybox", List.of("sh")), NEVER)
                .value();
    }

    @Test
    void aRunningContainerHasEveryNumber() {
        ContainerStats stats =
                cri.containerStats(
                                ContainerStatsRequest.newBuilder()
                                        .setContainerId(running.substring(0, 12))
                                        .build())
                        .getStats();

        assertThat(stats.getAttributes().getId()).isEqualTo(running);
        assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("running");
        assertThat(stats.getCpu().getTimestamp()).isEqualTo(AT);
        assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isEqualTo(1000);
        assertThat(stats.getCpu().getUsageNanoCores().getValue()).isEqualTo(123);
        assertThat(stats.getCpu().hasPsi()).isFalse();
        assertThat(stats.getMemory().getTimestamp()).isEqualTo(AT);
        assertThat(stats.getMemory().getUsageBytes().getValue()).isEqualTo(5000);
        assertThat(stats.getMemory().getWorkingSetBytes().getValue()).isEqualTo(3500);
        assertThat(stats.getMemory().getAvailableBytes().getValue()).isEqualTo(4500);
        assertThat(stats.getMemory().getRssBytes().getValue()).isEqualTo(2000);
        assertThat(stats.getMemory().getPageFaults().getValue()).isEqualTo(900);
        assertThat(stats.getMemory().getMajorPageFaults().getValue()).isEqualTo(90);
        assertThat(stats.getSwap().getSwapUsageBytes().getValue()).isEqualTo(70);
        assertThat(stats.getSwap().getSwapAvailableBytes().getValue()).isEqualTo(930);
        assertThat(stats.getIo().getPsi().getSome().getTotal()).isEqualTo(11);
        assertThat(stats.getIo().getPsi().getFull().getAvg300()).isEqualTo(6);
        assertThat(stats.getWritableLayer().getFsId().getMountpoint()).isEqualTo("/var/lib/gantry");
        assertThat(stats.getWritableLayer().getUsedBytes().getValue()).isEqualTo(44);
        assertThat(stats.getWritableLayer().getInodesUsed().getValue()).isEqualTo(3);
        assertThat(stats.getWritableLayer().getTimestamp()).isEqualTo(AT);
    }

    @Test
    void containersAreListedByEveryFilterAndThoseOfOthersAreNot() {
        assertThat(ids(ContainerStatsFilter.newBuilder())).containsExactly(running, created);
        assertThat(ids(ContainerStatsFilter.newBuilder().setId(created))).containsExactly(created);
        assertThat(ids(ContainerStatsFilter.newBuilder().setPodSandboxId("f".repeat(64))))
                .isEmpty();
        assertThat(ids(ContainerStatsFilter.newBuilder().putLabelSelector("a", "b"))).isEmpty();
        ContainerStats idle = list(ContainerStatsFilter.newBuilder().setId(created)).getFirst();
        assertThat(idle.hasCpu()).isFalse();
        assertThat(idle.hasMemory()).isFalse();
        assertThat(idle.hasWritableLayer()).isTrue();
        assertThat(
                        cri.streamContainerStats(StreamContainerStatsRequest.getDefaultInstance())
                                .next()
                                .getContainerStatsList())
                .isEqualTo(list(ContainerStatsFilter.newBuilder()));
    }

    private List<String> ids(ContainerStatsFilter.Builder filter) {
        return list(filter).stream().map(each -> each.getAttributes().getId()).toList();
    }

    private List<ContainerStats> list(ContainerStatsFilter.Builder filter) {
        return cri.listContainerStats(
                        ListContainerStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList();
    }

    @Test
    void aPodHasItsNetworkItsProcessesAndItsContainers() {
        PodSandboxStats stats =
                cri.podSandboxStats(
                                PodSandboxStatsRequest.newBuilder().setPodSandboxId(pod).build())
                        .getStats();
        LinuxPodSandboxStats linux = stats.getLinux();

        assertThat(stats.getAttributes().getId()).isEqualTo(pod);
        assertThat(stats.getAttributes().getMetadata().getName()).isEqualTo("p");
        assertThat(linux.getCpu().getUsageNanoCores().getValue()).isEqualTo(123);
        assertThat(linux.getMemory().getWorkingSetBytes().getValue()).isEqualTo(3500);
        assertThat(linux.getProcess().getProcessCount().getValue()).isEqualTo(4);
        assertThat(linux.getIo().getPsi().getFull().getTotal()).isEqualTo(12);
        NetworkInterfaceUsage first = linux.getNetwork().getDefaultInterface();
        assertThat(first.getName()).isEqualTo("eth0");
        assertThat(first.getRxBytes().getValue()).isEqualTo(10);
        assertThat(first.getRxErrors().getValue()).isEqualTo(30);
        assertThat(first.getTxBytes().getValue()).isEqualTo(50);
        assertThat(first.getTxErrors().getValue()).isEqualTo(70);
        assertThat(linux.getNetwork().getInterfacesList())
                .extracting(NetworkInterfaceUsage::getName)
                .containsExactly("net1", "eth0");
        assertThat(linux.getContainersList())
                .extracting(each -> each.getAttributes().getId())
                .contains(running);
    }

    @Test
    void podsAreListedByEveryFilterAndThoseOfOthersAreNot() {
        assertThat(pods(PodSandboxStatsFilter.newBuilder())).hasSize(1);
        assertThat(pods(PodSandboxStatsFilter.newBuilder().setId(pod))).hasSize(1);
        assertThat(pods(PodSandboxStatsFilter.newBuilder().putLabelSelector("a", "b"))).isEmpty();
        assertThat(
                        cri.streamPodSandboxStats(StreamPodSandboxStatsRequest.getDefaultInstance())
                                .next()
                                .getPodSandboxStatsList())
                .isEqualTo(pods(PodSandboxStatsFilter.newBuilder()));
    }

    private List<PodSandboxStats> pods(PodSandboxStatsFilter.Builder filter) {
        return cri.listPodSandboxStats(
                        ListPodSandboxStatsRequest.newBuilder().setFilter(filter).build())
                .getStatsList();
    }

    @Test
    void whatIsNotThereOrNotOfTheCriIsNotFound() {
        String own = pod(PodOwner.GANTRY, "other");
        assertThatThrownBy(
                        () ->
                                cri.podSandboxStats(
                                        PodSandboxStatsRequest.newBuilder()
                                                .setPodSandboxId(own)
                                                .build()))
                .extracting(e -> Status.fromThrowable(e).getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThatThrownBy(() -> cri.containerStats(ContainerStatsRequest.getDefaultInstance()))
                .extracting(e -> Status.fromThrowable(e).getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
}
