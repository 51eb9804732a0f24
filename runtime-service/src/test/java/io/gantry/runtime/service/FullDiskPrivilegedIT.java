package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.linux.syscall.NoSpace;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pods and containers whose records find no room on the disk. */
@Tag("privileged")
@Timeout(300)
class FullDiskPrivilegedIT {

    private static final int PAGE = 4096;

    /** More than what the database has left over in its files has room for. */
    private static final int MANY = 300;

    private RuntimeHarness node;

    @BeforeEach
    void start() throws IOException {
        node = RuntimeHarness.startOn("16m");
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        try {
            assertThat(node.leftovers()).isEmpty();
        } finally {
            node.close();
        }
    }

    private void fill() throws IOException {
        ByteBuffer page = ByteBuffer.allocate(PAGE);
        try (FileChannel channel =
                FileChannel.open(
                        node.root().resolve("filler"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND)) {
            while (true) {
                channel.write(page.clear());
            }
        } catch (IOException e) {
            assertThat(NoSpace.causes(e)).as(e.toString()).isTrue();
        }
    }

    /** Creates containers until one finds no room. */
    private List<String> createUntilFull(PodSandbox pod) {
        List<String> made = new ArrayList<>();
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < MANY; i++) {
                                made.add(node.create(pod, "true"));
                            }
                        })
                .isInstanceOf(ResourceExhaustedException.class);
        return made;
    }

    private List<String> containers(PodSandbox pod) {
        return node.runtime().containers().list(ContainerFilter.of(null)).stream()
                .filter(container -> container.podSandboxId().equals(pod.id()))
                .map(container -> container.id().value())
                .toList();
    }

    @Test
    void aContainerThatFindsNoRoomLeavesNothingAndTheOthersAreRemoved() throws IOException {
        PodSandbox pod = node.pod();
        fill();
        List<String> made = createUntilFull(pod);
        assertThat(containers(pod)).containsExactlyInAnyOrderElementsOf(made);
        made.forEach(id -> node.runtime().containers().remove(id, RuntimeHarness.SOON));
        node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
    }

    @Test
    void aRunningContainerIsStoppedAndRemovedOnAFullDisk() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        fill();
        createUntilFull(pod);
        node.runtime().containers().stop(id, Duration.ZERO, RuntimeHarness.SOON);
        Container stopped = node.runtime().containers().get(id);
        assertThat(stopped.state()).isEqualTo(ContainerState.EXITED);
        node.runtime().pods().stop(pod.id().value(), RuntimeHarness.SOON);
        node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
        assertThat(node.runtime().pods().list(PodSandboxFilter.of(null))).isEmpty();
    }

    @Test
    void aPodThatFindsNoRoomLeavesNothing() throws IOException {
        List<PodSandbox> pods = new ArrayList<>();
        fill();
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < MANY; i++) {
                                pods.add(node.pod());
                            }
                        })
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageStartingWith("the file system of " + node.root() + " is full: ");
        assertThat(node.runtime().pods().list(PodSandboxFilter.of(null)))
                .extracting(PodSandbox::id)
                .containsExactlyInAnyOrderElementsOf(pods.stream().map(PodSandbox::id).toList());
        pods.forEach(pod -> node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON));
    }
}
