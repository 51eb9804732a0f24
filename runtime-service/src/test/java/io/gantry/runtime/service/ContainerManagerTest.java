package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerManagerTest {

    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10), Clock.SYSTEM);

    @TempDir Path directory;
    private FakeNode node;
    private RuntimeService runtime;
    private ContainerManager containers;
    private PodSandboxId pod;

    @BeforeEach
    void boot() throws IOException {
        node = new FakeNode(directory);
        runtime = node.boot();
        containers = runtime.containers();
        pod =
                runtime.pods()
                        .run(
                                PodOwner.CRI,
                                PodSandboxConfig.of(new PodSandboxMetadata("p", "u", "n", 0)),
                                "",
                                SOON);
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private String create(String name) {
        return create(ContainerConfig.of(name, "busybox", List.of("sh")));
    }

    private String create(ContainerConfig config) {
        return containers.create(pod.value(), config, SOON).value();
    }

    private String started(String name) {
        String id = create(name);
        containers.start(id, SOON);
        return id;
    }

    private FakeShim shim() {
        return node.shimOf(pod);
    }

    @Test
    void createdContainerHasEverythingButAProcess() {
        Container container = containers.get(create("c"));

        assertThat(container.state()).isEqualTo(ContainerState.CREATED);
        assertThat(container.imageId()).isEqualTo("sha256:1");
        assertThat(container.imageRef()).isEqualTo("busybox@sha256:2");
        assertThat(container.user()).isEqualTo(new ContainerUser(7, 8, List.of(8L, 9L)));
        assertThat(container.stopSignal()).isEqualTo(Signal.parse("SIGQUIT"));
        assertThat(node.rootfs).containsExactly(container.id());
    }

    @Test
    void createInUnknownPodIsNotFound() {
        assertThatThrownBy(
                        () ->
                                containers.create(
                                        "0123",
                                        ContainerConfig.of("c", "busybox", List.of()),
                                        SOON))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void createFromMissingImageIsNotFoundAndNamesIt() {
        assertThatThrownBy(() -> create(ContainerConfig.of("c", "nginx", List.of())))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("image nginx is not here; pull it first");
        assertThat(create("c")).isNotEmpty();
    }

    @Test
    void createAgainReturnsTheSameContainer() {
        assertThat(create("c")).isEqualTo(create("c"));
    }

    @Test
    void otherContainerOfTheSameNameIsRefused() {
        create("c");
        assertThatThrownBy(() -> create(ContainerConfig.of("c", "busybox", List.of("other"))))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessageContaining("container c_0");
    }

    @Test
    void createAgainOnceItRanIsRefused() {
        started("c");
        assertThatThrownBy(() -> create("c")).isInstanceOf(AlreadyExistsException.class);
    }

    @Test
    void failedCreateLeavesNothing() throws IOException {
        for (String step : List.of("rootfs", "spec")) {
            node.failing.add(step);
            assertThatThrownBy(() -> create("c"))
                    .isInstanceOf(InternalException.class)
                    .hasMessage("create container c: " + step + " fails as it was told");
            node.failing.clear();
            assertThat(node.rootfs).isEmpty();
            assertThat(node.layout().containers())
                    .satisfiesAnyOf(
                            path -> assertThat(path).doesNotExist(),
                            path -> assertThat(path).isEmptyDirectory());
        }
        assertThat(containers.list(ContainerFilter.of(null))).isEmpty();
    }

    @Test
    void createAfterOneThatCouldNotBeUndoneClearsItFirst() {
        node.failing.add("spec");
        node.failing.add("remove rootfs");
        assertThatThrownBy(() -> create("c")).isInstanceOf(InternalException.class);
        assertThat(containers.list(ContainerFilter.of(null))).isEmpty();
        node.failing.clear();

        String id = create("c");

        assertThat(node.rootfs).containsExactly(new ContainerId(id));
    }

    @Test
    void startedContainerRuns() {
        Container container = containers.get(started("c"));

        assertThat(container.state()).isEqualTo(ContainerState.RUNNING);
        assertThat(container.status().pid()).isPositive();
        assertThat(container.status().startedAt()).isNotNull();
        assertThat(node.cgroups).contains(container.cgroup());
    }

    @Test
    void startOfUnknownContainerIsNotFound() {
        assertThatThrownBy(() -> containers.start("0123", SOON))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void secondStartIsRefused() {
        String id = started("c");
        assertThatThrownBy(() -> containers.start(id, SOON))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("RUNNING");
    }

    @Test
    void startOfAnExitedContainerIsRefused() {
        String id = started("c");
        shim().exit(id, 0);
        containers.awaitExit(id, SOON);
        assertThatThrownBy(() -> containers.start(id, SOON))
                .isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void failedStartIsAStartErrorAndLeavesNothing() {
        String id = create("c");
        node.failing.add("start");

        assertThatThrownBy(() -> containers.start(id, SOON))
                .isInstanceOf(StartFailedException.class)
                .hasMessage("exec /bin/nope: no such file or directory");

        ContainerStatus status = containers.get(id).status();
        assertThat(status.state()).isEqualTo(ContainerState.EXITED);
        assertThat(status.exitCode()).isEqualTo(128);
        assertThat(status.reason()).isEqualTo("StartError");
        assertThat(status.message()).isEqualTo("exec /bin/nope: no such file or directory");
        assertThat(node.cgroups).doesNotContain(containers.get(id).cgroup());
    }

    @Test
    void exitCodeBecomesTheReason() {
        String zero = started("zero");
        String three = started("three");
        String oom = started("oom");
        node.oomKills.put(containers.get(oom).cgroup(), 1L);

        shim().exit(zero, 0);
        shim().exit(three, 3);
        shim().exit(oom, 137);

        assertThat(containers.awaitExit(zero, SOON).status().reason()).isEqualTo("Completed");
        assertThat(containers.awaitExit(three, SOON).status().reason()).isEqualTo("Error");
        assertThat(containers.get(three).status().exitCode()).isEqualTo(3);
        assertThat(containers.awaitExit(oom, SOON).status().reason()).isEqualTo("OOMKilled");
    }

    @Test
    void exitBeforeTheStartIsPublishedIsNotLost() {
        node.startBehaviour = (shim, id) -> shim.exit(id, 5);
        String id = started("c");

        assertThat(containers.awaitExit(id, SOON).status().exitCode()).isEqualTo(5);
    }

    @Test
    void stopOfUnknownContainerSucceeds() {
        containers.stop("0123", Duration.ZERO, SOON);
        assertThat(containers.list(ContainerFilter.of(null))).isEmpty();
    }

    @Test
    void stopOfAContainerThatDoesNotRunSucceeds() {
        String id = create("c");
        containers.stop(id, Duration.ZERO, SOON);
        assertThat(containers.get(id).state()).isEqualTo(ContainerState.CREATED);
    }

    @Test
    void stopSendsTheStopSignalOfTheImage() {
        String id = started("c");
        containers.stop(id, Duration.ofSeconds(30), SOON);

        assertThat(shim().signals).containsExactly("3 " + id);
        assertThat(containers.get(id).status().exitCode()).isEqualTo(131);
    }

    @Test
    void stopKillsWhatDoesNotEndInTime() {
        String id = started("c");
        shim().ignoringTerm.add(id);
        containers.stop(id, Duration.ofMillis(1), SOON);

        assertThat(shim().signals).containsExactly("3 " + id, "9 " + id);
        assertThat(containers.get(id).status().exitCode()).isEqualTo(137);
    }

    @Test
    void stopWithoutTimeKillsAtOnce() {
        String id = started("c");
        containers.stop(id, Duration.ZERO, SOON);
        assertThat(shim().signals).containsExactly("9 " + id);
    }

    @Test
    void stopGoesOnWhenItsCallerHasLostPatience() {
        String id = started("c");
        containers.stop(id, Duration.ofSeconds(30), Deadline.after(Duration.ZERO, Clock.SYSTEM));
        assertThat(containers.get(id).state()).isEqualTo(ContainerState.EXITED);
    }

    @Test
    void removeOfUnknownContainerSucceeds() {
        containers.remove("0123", SOON);
        assertThat(containers.list(ContainerFilter.of(null))).isEmpty();
    }

    @Test
    void removeKillsAndTakesEverything() {
        String id = started("c");
        String cgroup = containers.get(id).cgroup();

        containers.remove(id, SOON);

        assertThat(node.rootfs).isEmpty();
        assertThat(node.cgroups).doesNotContain(cgroup);
        assertThat(shim().processes).isEmpty();
        assertThat(node.layout().container(new ContainerId(id)).directory()).doesNotExist();
        assertThatThrownBy(() -> containers.get(id)).isInstanceOf(NotFoundException.class);
        assertThat(create("c")).isNotEqualTo(id);
    }

    @Test
    void removeThatFailsCanBeRepeated() {
        String id = create("c");
        node.failing.add("remove rootfs");
        assertThatThrownBy(() -> containers.remove(id, SOON))
                .hasMessageContaining("remove rootfs fails");
        node.failing.clear();
        containers.remove(id, SOON);
        assertThat(node.rootfs).isEmpty();
    }

    @Test
    void logIsReopenedOfARunningContainerOnly() {
        String id = create(logged("c"));
        assertThatThrownBy(() -> containers.reopenLog(id, SOON))
                .isInstanceOf(FailedPreconditionException.class);
        containers.start(id, SOON);
        containers.reopenLog(id, SOON);
        assertThat(shim().reopened).containsExactly(id);
    }

    @Test
    void killOfAContainerThatDoesNotRunIsRefused() {
        String id = create("c");
        assertThatThrownBy(() -> containers.kill(id, Signal.SIGTERM, SOON))
                .isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void updatedLimitsAreInForceAndShown() {
        String id = started("c");
        containers.updateResources(id, limits(64 << 20, 100), SOON);
        containers.updateResources(id, limits(0, 200), SOON);

        Container container = containers.get(id);
        assertThat(container.resources().memoryLimit()).isEqualTo(64 << 20);
        assertThat(container.resources().cpuShares()).isEqualTo(200);
        assertThat(node.limitsOf(container).memoryLimit()).isEqualTo(64 << 20);
        assertThat(node.limitsOf(container).cpuShares()).isEqualTo(200);
    }

    @Test
    void updateThatTheKernelRefusesChangesNothing() {
        String id = started("c");
        node.failing.add("update");
        assertThatThrownBy(() -> containers.updateResources(id, limits(1, 100), SOON))
                .hasMessageContaining("update fails");
        Container container = containers.get(id);
        assertThat(container.resources().memoryLimit()).isZero();
        assertThat(node.limitsOf(container).memoryLimit()).isNull();
    }

    @Test
    void limitsThatTheKernelRefusesAreRefusedBeforeTheStartToo() {
        String id = create("c");
        node.failing.add("update");
        assertThatThrownBy(() -> containers.updateResources(id, limits(1, 100), SOON))
                .hasMessageContaining("update fails");
        node.failing.clear();
        containers.start(id, SOON);

        assertThat(containers.get(id).resources().cpuShares()).isZero();
        assertThat(node.limitsOf(containers.get(id)).cpuShares()).isNull();
    }

    @Test
    void anExitedContainerHasNoLimitsToChange() {
        String id = started("c");
        shim().exit(id, 0);
        containers.awaitExit(id, SOON);
        assertThatThrownBy(() -> containers.updateResources(id, limits(0, 100), SOON))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("has exited");
    }

    @Test
    void listsAreByPodStateLabelsAndOwner() {
        String a = create("a");
        String b = started("b");

        assertThat(ids(filter(null, ContainerState.RUNNING))).containsExactly(b);
        assertThat(ids(filter(PodOwner.CRI, null))).containsExactly(a, b);
        assertThat(ids(filter(PodOwner.GANTRY, null))).isEmpty();
        assertThat(ids(new ContainerFilter(null, a.substring(0, 10), "", null, Map.of())))
                .containsExactly(a);
        assertThat(ids(new ContainerFilter(null, "", pod.value().substring(0, 10), null, Map.of())))
                .containsExactly(a, b);
        assertThat(ids(new ContainerFilter(null, "", "", null, Map.of("x", "y")))).isEmpty();
    }

    @Test
    void containerWithoutNameIsRefused() {
        assertThatThrownBy(() -> create("")).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void awaitExitOfARemovedContainerEnds() throws Exception {
        String id = create("c");
        Thread remover = Tasks.start("remover", () -> containers.remove(id, SOON));
        assertThatThrownBy(() -> containers.awaitExit(id, SOON))
                .isInstanceOf(NotFoundException.class);
        remover.join();
    }

    private List<String> ids(ContainerFilter filter) {
        return containers.list(filter).stream().map(c -> c.id().value()).toList();
    }

    private static ContainerFilter filter(
            @Nullable PodOwner owner, @Nullable ContainerState state) {
        return new ContainerFilter(owner, "", "", state, Map.of());
    }

    private static LinuxResources limits(long memory, long shares) {
        return new LinuxResources(0, 0, shares, memory, 0, "", "", Map.of(), Map.of(), 0);
    }

    private ContainerConfig logged(String name) {
        // A pod without a log directory has no logs; this one's is its own.
        pod =
                runtime.pods()
                        .run(
                                PodOwner.CRI,
                                PodConfigs.withLogs("logged", directory.resolve("logs")),
                                "",
                                SOON);
        return PodConfigs.logging(ContainerConfig.of(name, "busybox", List.of("sh")), "c.log");
    }
}
