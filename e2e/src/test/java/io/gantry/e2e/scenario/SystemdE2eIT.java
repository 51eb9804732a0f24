package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.CgroupDriver;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatsRequest;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.RuntimeConfigRequest;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import io.gantry.proto.engine.InfoRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods on a machine whose init is systemd: their control groups are its units. */
@EnabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "systemd",
        disabledReason = "make test-systemd boots one")
class SystemdE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long MIB = 1L << 20;
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String SLICES = "/kubepods.slice/kubepods-burstable.slice/";

    /** A pod where a kubelet puts one, in a slice named after its uid. */
    private static PodSandboxConfig pod(String name) {
        PodSandboxConfig.Builder pod = NODE.pod(name);
        pod.getLinuxBuilder().setCgroupParent(SLICES + slice(name));
        return pod.build();
    }

    private static String slice(String name) {
        return "kubepods-burstable-poduid_" + name + ".slice";
    }

    private static String unit(String id) {
        return "gantry-" + id + ".scope";
    }

    private static Path group(String name, String id) {
        return ROOT.resolve((SLICES + slice(name)).substring(1)).resolve(unit(id));
    }

    private record Made(String name, String sandbox, String container) {

        Path file(String file) {
            return group(name, container).resolve(file);
        }

        String value(String file) {
            return Texts.read(file(file)).strip();
        }

        String property(String property) {
            return SystemdE2eIT.property(unit(container), property);
        }
    }

    private static ContainerConfig.Builder idle() {
        return Requests.script(
                "c", NODE.image(), "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done");
    }

    private static Made make(String name, ContainerConfig.Builder config) {
        PodSandboxConfig pod = pod(name);
        String sandbox = NODE.cri().runPod(pod);
        return new Made(name, sandbox, NODE.cri().create(sandbox, pod, config.build()));
    }

    private static Made start(String name, ContainerConfig.Builder config) {
        Made made = make(name, config);
        NODE.cri().start(made.container);
        return made;
    }

    private static ContainerConfig.Builder limited(LinuxContainerResources.Builder limits) {
        ContainerConfig.Builder config = idle();
        config.getLinuxBuilder().setResources(limits);
        return config;
    }

    private static void update(String container, LinuxContainerResources.Builder resources) {
        NODE.cri()
                .runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(container)
                                .setLinux(resources)
                                .build());
    }

    private static String systemctl(String... words) {
        return Command.of(words).with("SYSTEMD_IGNORE_CHROOT", "1").run().orThrow().strip();
    }

    private static String property(String unit, String property) {
        return systemctl("systemctl", "show", unit, "--value", "--property=" + property);
    }

    private static void awaitGone(Made made) {
        for (String id : List.of(made.container, made.sandbox)) {
            Await.until(
                    () -> systemctl("systemctl", "list-units", "--all", "gantry-*"),
                    Await.seconds(30),
                    () ->
                            !Files.exists(group(made.name, id))
                                    && property(unit(id), "LoadState").equals("not-found"));
        }
    }

    @Test
    void theKubeletAndPeopleAreToldTheDriver() {
        assertThat(
                        NODE.cri()
                                .runtime()
                                .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                                .getLinux()
                                .getCgroupDriver())
                .isEqualTo(CgroupDriver.SYSTEMD);
        assertThat(NODE.cri().engine().info(InfoRequest.getDefaultInstance()).getCgroupDriver())
                .isEqualTo("systemd");
    }

    @Test
    void podAndContainerAreScopesInTheirSliceUntilTheyAreRemoved() {
        Made made = start("placed", idle());
        for (String id : List.of(made.sandbox, made.container)) {
            assertThat(property(unit(id), "ActiveState")).isEqualTo("active");
            assertThat(property(unit(id), "Slice")).isEqualTo(slice("placed"));
            assertThat(property(unit(id), "Delegate")).isEqualTo("yes");
            assertThat(property(unit(id), "ControlGroup"))
                    .isEqualTo(SLICES + slice("placed") + "/" + unit(id));
        }
        assertThat(systemctl("systemd-cgls", "--no-pager", "--full", "/kubepods.slice"))
                .contains(unit(made.sandbox), "/run/shim/")
                .contains(unit(made.container), "sleep 1000");
        assertThat(NODE.cri().shell(made.container, "cat /proc/self/cgroup")).isEqualTo("0::/\n");
        NODE.cri().removePod(made.sandbox);
        awaitGone(made);
    }

    @Test
    void podWithoutAParentIsInTheDaemonsSlice() {
        String sandbox = NODE.cri().runPod(NODE.pod("unplaced").build());
        assertThat(property(unit(sandbox), "Slice"))
                .isEqualTo(NODE.daemon().cgroupParent().substring(1) + ".slice");
    }

    @Test
    void limitsAreReadBackAndSurviveAReloadOfSystemd() {
        Made made =
                start(
                        "limited",
                        limited(
                                LinuxContainerResources.newBuilder()
                                        .setCpuShares(512)
                                        .setCpuQuota(50_000)
                                        .setCpuPeriod(100_000)
                                        .setMemoryLimitInBytes(64 * MIB)
                                        .putUnified("pids.max", "77")));
        assertThat(NODE.cri().shell(made.container, "cd /sys/fs/cgroup; cat memory.max cpu.max"))
                .isEqualTo(64 * MIB + "\n50000 100000\n");
        assertThat(made.value("cpu.weight")).isEqualTo("59");
        assertThat(made.value("pids.max")).isEqualTo("77");
        assertThat(made.property("MemoryMax")).isEqualTo(Long.toString(64 * MIB));
        assertThat(made.property("CPUQuotaPerSecUSec")).isEqualTo("500ms");
        assertThat(made.property("TasksMax")).isEqualTo("77");

        update(
                made.container,
                LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(96 * MIB)
                        .setCpuQuota(30_000)
                        .setCpuPeriod(100_000));
        systemctl("systemctl", "daemon-reload");
        // Has systemd write all limits of the unit anew.
        systemctl("systemctl", "set-property", "--runtime", unit(made.container), "IOWeight=200");
        assertThat(made.value("memory.max")).isEqualTo(Long.toString(96 * MIB));
        assertThat(made.value("cpu.max")).isEqualTo("30000 100000");
        assertThat(made.value("pids.max")).isEqualTo("77");
        assertThat(made.property("MemoryMax")).isEqualTo(Long.toString(96 * MIB));
        assertThat(NODE.cri().status(made.container).getResources().getLinux().getCpuQuota())
                .isEqualTo(30_000);
    }

    @Test
    void limitsThatChangeBeforeTheStartAreThoseOfTheStart() {
        Made made = make("early", limited(Requests.memory(64 * MIB).toBuilder()));
        update(made.container, Requests.memory(96 * MIB).toBuilder());
        NODE.cri().start(made.container);
        assertThat(made.value("memory.max")).isEqualTo(Long.toString(96 * MIB));
        assertThat(made.property("MemoryMax")).isEqualTo(Long.toString(96 * MIB));
    }

    @Test
    void containersSurviveADaemonThatIsKilledAndAreStartedByTheNext() {
        Made running = start("survivor", idle());
        Made waiting = make("waiting", limited(Requests.memory(64 * MIB).toBuilder()));
        NODE.daemon().kill();
        NODE.daemon().start();
        assertThat(NODE.cri().status(running.container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(running.property("ActiveState")).isEqualTo("active");
        update(running.container, Requests.memory(48 * MIB).toBuilder());
        assertThat(running.property("MemoryMax")).isEqualTo(Long.toString(48 * MIB));
        NODE.cri().start(waiting.container);
        assertThat(waiting.value("memory.max")).isEqualTo(Long.toString(64 * MIB));
        NODE.cri().stop(running.container, 0);
        NODE.cri().removePod(running.sandbox);
        NODE.cri().removePod(waiting.sandbox);
        awaitGone(running);
        awaitGone(waiting);
    }

    @Test
    void containerThatExceedsItsMemoryIsToldToHaveDoneSo() {
        ContainerConfig.Builder config = Requests.script("c", NODE.image(), "exec tail /dev/zero");
        config.getLinuxBuilder().setResources(Requests.memory(24 * MIB));
        Made made = start("greedy", config);
        ContainerStatus status = NODE.cri().awaitExit(made.container);
        assertThat(status.getReason()).isEqualTo("OOMKilled");
        assertThat(status.getExitCode()).isEqualTo(137);
    }

    @Test
    void containerThatExceedsItsMemoryWhileNoDaemonRunsIsToldToHaveDoneSo() throws IOException {
        Path gate = Files.createDirectories(NODE.home().resolve("systemd-oom-gate"));
        ContainerConfig.Builder config =
                Requests.script(
                                "c",
                                NODE.image(),
                                "until [ -e /gate/open ]; do usleep 10000; done;"
                                        + " exec tail /dev/zero")
                        .addMounts(Requests.bind(gate, "/gate"));
        config.getLinuxBuilder().setResources(Requests.memory(24 * MIB));
        Made made = start("unwatched", config);
        NODE.daemon().kill();
        Files.createFile(gate.resolve("open"));
        Await.until(
                "end of " + unit(made.container),
                Await.seconds(60),
                () -> !Files.exists(group("unwatched", made.container)));
        NODE.daemon().start();
        ContainerStatus status = NODE.cri().status(made.container);
        assertThat(status.getReason()).isEqualTo("OOMKilled");
        assertThat(status.getExitCode()).isEqualTo(137);
    }

    @Test
    void statisticsAreThoseOfTheScope() {
        Made made = start("counted", limited(Requests.memory(64 * MIB).toBuilder()));
        var stats =
                NODE.cri()
                        .runtime()
                        .containerStats(
                                ContainerStatsRequest.newBuilder()
                                        .setContainerId(made.container)
                                        .build())
                        .getStats();
        assertThat(stats.getCpu().getUsageCoreNanoSeconds().getValue()).isPositive();
        assertThat(stats.getMemory().getUsageBytes().getValue()).isBetween(1L, 64 * MIB);
    }

    @Test
    void parentThatIsNoSliceIsRefusedAndLeavesNothing() {
        PodSandboxConfig.Builder pod = NODE.pod("misplaced");
        pod.getLinuxBuilder().setCgroupParent("/kubepods/burstable/pod1");
        Throwable failure = catchThrowable(() -> NODE.cri().runPod(pod.build()));
        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure)
                .hasMessageContaining("linux.cgroup_parent \"/kubepods/burstable/pod1\"")
                .hasMessageContaining("is not a slice");
    }
}
