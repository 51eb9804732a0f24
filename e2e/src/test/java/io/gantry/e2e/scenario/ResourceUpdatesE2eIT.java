package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import io.gantry.proto.cri.UpdatePodSandboxResourcesRequest;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** UpdateContainerResources and UpdatePodSandboxResources, as an in-place resize asks for them. */
class ResourceUpdatesE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long MIB = 1L << 20;

    /** Prints what is in force for the container, in either version of cgroups. */
    private static final String LIMITS =
            "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max 2>/dev/null;"
                    + " if [ -e cpu.max ]; then cat cpu.max;"
                    + " else echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us); fi";

    private static void update(String container, LinuxContainerResources.Builder resources) {
        NODE.cri()
                .runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(container)
                                .setLinux(resources)
                                .build());
    }

    private static LinuxContainerResources.Builder memory(long bytes) {
        return Requests.memory(bytes).toBuilder();
    }

    private static LinuxContainerResources shown(String container) {
        return NODE.cri().status(container).getResources().getLinux();
    }

    @Test
    void limitsOfARunningContainerGrowAndShrinkAndAreShown() {
        String container = NODE.idle("resized");
        update(container, memory(128 * MIB).setCpuQuota(50_000).setCpuPeriod(100_000));
        assertThat(NODE.cri().shell(container, LIMITS)).isEqualTo(128 * MIB + "\n50000 100000\n");
        update(container, memory(256 * MIB).setCpuQuota(20_000).setCpuPeriod(50_000));
        assertThat(NODE.cri().shell(container, LIMITS)).isEqualTo(256 * MIB + "\n20000 50000\n");
        update(container, memory(64 * MIB));
        assertThat(NODE.cri().shell(container, LIMITS)).isEqualTo(64 * MIB + "\n20000 50000\n");
        assertThat(shown(container))
                .isEqualTo(memory(64 * MIB).setCpuQuota(20_000).setCpuPeriod(50_000).build());
    }

    @Test
    void aRefusedLimitIsNamedAndTheOthersAreAsBefore() {
        String container = NODE.idle("refused");
        update(container, memory(128 * MIB).setCpuQuota(50_000).setCpuPeriod(100_000));
        assertThatThrownBy(() -> update(container, memory(64 * MIB).setCpuQuota(1)))
                .satisfies(
                        e ->
                                Failures.is(
                                        e,
                                        Status.Code.INVALID_ARGUMENT,
                                        "linux.cpu_quota",
                                        container));
        assertThatThrownBy(() -> update(container, memory(64 * MIB).setOomScoreAdj(2000)))
                .satisfies(
                        e -> Failures.is(e, Status.Code.INVALID_ARGUMENT, "linux.oom_score_adj"));

        assertThat(NODE.cri().shell(container, LIMITS)).isEqualTo(128 * MIB + "\n50000 100000\n");
        assertThat(shown(container).getMemoryLimitInBytes()).isEqualTo(128 * MIB);
    }

    @Test
    void aChangeOfWhichAnyPartIsRefusedChangesNothing() {
        String container = NODE.idle("whole");
        String seen = LIMITS + "; cat /proc/1/oom_score_adj";
        String before = NODE.cri().shell(container, seen);
        assertThatThrownBy(
                        () ->
                                update(
                                        container,
                                        memory(64 * MIB).setOomScoreAdj(900).setCpuQuota(1)))
                .satisfies(e -> Failures.is(e, Status.Code.INVALID_ARGUMENT, "linux.cpu_quota"));
        assertThat(NODE.cri().shell(container, seen)).isEqualTo(before);

        Throwable lowered =
                catchThrowable(() -> update(container, memory(64 * MIB).setOomScoreAdj(-900)));
        if (lowered == null) {
            // Root of this machine has CAP_SYS_RESOURCE.
            assertThat(NODE.cri().shell(container, seen))
                    .startsWith(64 * MIB + "\n")
                    .endsWith("\n-900\n");
            return;
        }
        Failures.is(lowered, Status.Code.FAILED_PRECONDITION, "linux.oom_score_adj");
        assertThat(NODE.cri().shell(container, seen)).isEqualTo(before);
        assertThat(shown(container).getMemoryLimitInBytes()).isZero();
    }

    @Test
    void limitsThatChangeBeforeTheStartAreThoseOfTheStart() {
        PodSandboxConfig pod = NODE.pod("early").build();
        String sandbox = NODE.cri().runPod(pod);
        String container =
                NODE.cri()
                        .create(
                                sandbox,
                                pod,
                                Requests.script("c", NODE.image(), "sleep 1000").build());
        update(container, memory(96 * MIB).setCpuQuota(30_000).setCpuPeriod(100_000));
        assertThatThrownBy(() -> update(container, memory(64 * MIB).setCpuQuota(1)))
                .satisfies(e -> Failures.is(e, Status.Code.INVALID_ARGUMENT, "linux.cpu_quota"));
        NODE.cri().start(container);

        assertThat(NODE.cri().shell(container, LIMITS)).isEqualTo(96 * MIB + "\n30000 100000\n");
        assertThat(shown(container).getCpuQuota()).isEqualTo(30_000);
    }

    @Test
    void unifiedLimitsAreFilesOfVersion2AndAGroupCanDieTogether() {
        assumeThat(Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers")))
                .as("cgroup v2")
                .isTrue();
        String hog = "dd if=/dev/zero of=/dev/null bs=128M; exit 7";
        LinuxContainerResources.Builder limits =
                memory(32 * MIB).putUnified("memory.high", "max").putUnified("pids.max", "77");
        ContainerStatus alone = ended("alone", hog, limits);
        assertThat(alone.getExitCode()).isEqualTo(7);
        limits.putUnified("memory.oom.group", "1");
        String shows = "cd /sys/fs/cgroup; cat memory.high pids.max memory.oom.group; ";
        ContainerStatus together = ended("together", shows + hog, limits);
        assertThat(together.getExitCode()).isEqualTo(137);
        assertThat(together.getReason()).isEqualTo("OOMKilled");
        assertThat(Path.of(together.getLogPath()))
                .content()
                .containsPattern("(?s) max\n.* 77\n.* 1\n");
    }

    private static ContainerStatus ended(
            String name, String script, LinuxContainerResources.Builder limits) {
        ContainerConfig.Builder config = Requests.script("c", NODE.image(), script);
        config.getLinuxBuilder().setResources(limits);
        return NODE.cri().awaitExit(NODE.run(NODE.pod(name).build(), config.build()));
    }

    @Test
    void anExitedContainerAndAnUnknownOneHaveNoLimitsToChange() {
        String container = NODE.run("over", "exit 0");
        NODE.cri().awaitExit(container);
        assertThatThrownBy(() -> update(container, memory(64 * MIB)))
                .satisfies(e -> Failures.is(e, Status.Code.FAILED_PRECONDITION, container));
        String unknown = "0".repeat(64);
        assertThatThrownBy(() -> update(unknown, memory(64 * MIB)))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, unknown));
    }

    @Test
    void whatAPodMayUseIsNotedDown() {
        String sandbox = NODE.cri().runPod(NODE.pod("noted").build());
        NODE.cri()
                .runtime()
                .updatePodSandboxResources(
                        UpdatePodSandboxResourcesRequest.newBuilder()
                                .setPodSandboxId(sandbox)
                                .setResources(memory(64 * MIB))
                                .build());
        String info =
                NODE.cri()
                        .runtime()
                        .podSandboxStatus(
                                PodSandboxStatusRequest.newBuilder()
                                        .setPodSandboxId(sandbox)
                                        .setVerbose(true)
                                        .build())
                        .getInfoOrThrow("info");
        assertThat(info).contains("\"memoryLimitInBytes\":" + 64 * MIB);
    }
}
