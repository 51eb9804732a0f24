package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.ServiceException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerState;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done for a start before it is asked for. */
class PreparationsTest {

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

    private String create() {
        return containers
                .create(pod.value(), ContainerConfig.of("c", "busybox", List.of("sh")), SOON)
                .value();
    }

    @Test
    void aContainerIsMadeReadyOnceAndThatWithItsCreation() {
        String id = create();
        containers.start(id, SOON);
        assertThat(node.prepared).containsExactly(id);
        assertThat(node.cgroups).contains(containers.get(id).cgroup());
    }

    @Test
    void thePhasesOfAStartAreToldInTheirOrder() {
        containers.start(create(), SOON);
        assertThat(node.phases)
                .containsExactly(
                        StartPhases.Phase.SANDBOX_FILES,
                        StartPhases.Phase.SANDBOX_CGROUP,
                        StartPhases.Phase.SANDBOX_LAUNCH,
                        StartPhases.Phase.SANDBOX_NETWORK,
                        StartPhases.Phase.CONTAINER_MOUNTS,
                        StartPhases.Phase.CONTAINER_SPEC,
                        StartPhases.Phase.CONTAINER_PREPARE,
                        StartPhases.Phase.CONTAINER_LAUNCH);
    }

    @Test
    void aStartLooksAgainWhereTheHostHasChanged() {
        String id = create();
        node.failing.add("prepared");
        containers.start(id, SOON);
        assertThat(node.prepared).containsExactly(id, id);
        assertThat(containers.get(id).state()).isEqualTo(ContainerState.RUNNING);
    }

    @Test
    void aStartMeetsTheLimitsThatACreatedContainerWasGivenSince() {
        String id = create();
        LinuxResources more =
                new LinuxResources(0, 0, 0, 64 << 20, 0, "", "", Map.of(), Map.of(), 0);
        containers.updateResources(id, more, SOON);
        containers.start(id, SOON);
        Container container = containers.get(id);
        assertThat(node.limitsOf(container).memoryLimit()).isEqualTo(64 << 20);
    }

    @Test
    void whatCannotBeMadeReadyIsToldByTheStart() {
        node.failing.add("cgroup");
        String id = create();
        assertThatThrownBy(() -> containers.start(id, SOON))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("cgroup fails as it was told");
        assertThat(containers.get(id).state()).isEqualTo(ContainerState.EXITED);
    }

    @Test
    void aStartThatCanBeMadeReadyLaterSucceeds() {
        node.failing.add("cgroup");
        String id = create();
        // Whether that was met or not is a matter of time; the start must not care.
        node.failing.remove("cgroup");
        containers.start(id, SOON);
        assertThat(containers.get(id).state()).isEqualTo(ContainerState.RUNNING);
    }

    @Test
    void nothingIsLeftOfWhatIsRemovedBeforeItsStart() throws IOException {
        for (int i = 0; i < 50; i++) {
            String id = create();
            containers.remove(id, SOON);
        }
        runtime.pods().remove(pod.value(), SOON);
        assertThat(node.leftovers()).isEmpty();
    }
}
