package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.store.Database;
import io.gantry.runtime.store.Records;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a runtime finds that starts where another one ended, at whatever point that died. */
class RestartTest {

    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10), Clock.SYSTEM);

    @TempDir Path directory;
    private FakeNode node;
    private PodSandboxId pod;
    private String container;
    private int pid;

    @BeforeEach
    void runAPodAndLeave() throws IOException {
        node = new FakeNode(directory);
        try (RuntimeService runtime = node.boot()) {
            pod =
                    runtime.pods()
                            .run(
                                    PodOwner.CRI,
                                    PodConfigs.withLogs("p", directory.resolve("logs")),
                                    "",
                                    SOON);
            container =
                    runtime.containers()
                            .create(
                                    pod.value(),
                                    ContainerConfig.of("c", "busybox", List.of("sh")),
                                    SOON)
                            .value();
            runtime.containers().start(container, SOON);
            pid = runtime.containers().get(container).status().pid();
        }
    }

    @Test
    void recordOfAnotherProcessIsNotTheEndOfThisOne() throws IOException {
        Path record = node.layout().container(new ContainerId(container)).exitRecord();
        Files.write(record, entry(pid + 1, 6));
        node.shimOf(pod).die();
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.containers().get(container).status().exitCode()).isEqualTo(255);
        }
    }

    @Test
    void runningContainerIsAdopted() throws IOException {
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.pods().get(pod.value()).state()).isEqualTo(PodSandboxState.READY);
            assertThat(runtime.containers().get(container).state())
                    .isEqualTo(ContainerState.RUNNING);

            node.shimOf(pod).exit(container, 4);

            assertThat(runtime.containers().awaitExit(container, SOON).status().exitCode())
                    .isEqualTo(4);
        }
    }

    @Test
    void exitOfMeanwhileIsLearntFromTheShim() throws IOException {
        node.shimOf(pod).exit(container, 9);
        try (RuntimeService runtime = node.boot()) {
            ContainerStatus status = runtime.containers().get(container).status();
            assertThat(status.exitCode()).isEqualTo(9);
            assertThat(status.reason()).isEqualTo("Error");
        }
    }

    @Test
    void exitOfMeanwhileIsLearntFromTheRecordWhenTheShimIsGone() throws IOException {
        Path record = node.layout().container(new ContainerId(container)).exitRecord();
        Files.write(record, entry(pid, 6));
        node.shimOf(pod).die();
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.containers().get(container).status().exitCode()).isEqualTo(6);
            assertThat(runtime.pods().get(pod.value()).state()).isEqualTo(PodSandboxState.NOTREADY);
        }
    }

    /** The record of an exit, as docs/shim-protocol.md has it. */
    private byte[] entry(int pid, int code) {
        byte[] id = container.getBytes(UTF_8);
        return ByteBuffer.allocate(34 + id.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(1) // started
                .putLong(2) // finished
                .putInt(pid)
                .putInt(code)
                .putInt(0) // signal
                .put((byte) 1) // a container
                .put((byte) 2) // exited
                .putShort((short) 0)
                .put(id)
                .array();
    }

    @Test
    void containerThatNobodyKnowsIsExitedUnknown() throws IOException {
        node.shimOf(pod).die();
        try (RuntimeService runtime = node.boot()) {
            ContainerStatus status = runtime.containers().get(container).status();
            assertThat(status.exitCode()).isEqualTo(255);
            assertThat(status.reason()).isEqualTo("Unknown");
            runtime.pods().remove(pod.value(), SOON);
        }
        assertThat(node.leftovers()).isEmpty();
    }

    @Test
    void runningExecIsStillListed() throws IOException {
        node.execBehaviour = (args, exec) -> {};
        try (RuntimeService runtime = node.boot()) {
            assertThat(
                            runtime.execs()
                                    .exec(
                                            ExecRequest.of(
                                                    container, List.of("sleep"), false, false)))
                    .isNotNull();
        }
        try (RuntimeService runtime = node.boot()) {
            List<ExecInfo> execs = runtime.execs().list(container);
            assertThat(execs).hasSize(1);
            node.shimOf(pod).exit(execs.get(0).id(), 0);
            assertThat(runtime.execs().list(container)).isEmpty();
        }
    }

    @Test
    void commandWhoseTimeIsOverIsKilledAndAnotherIsNot() throws Exception {
        String over = ExecId.until(Instant.now());
        String notYet = ExecId.until(Instant.now().plus(Duration.ofHours(1)));
        String endless = ExecId.endless();
        for (String id : List.of(over, notYet, endless)) {
            node.shimOf(pod).exec(id, container);
        }
        try (RuntimeService runtime = node.boot()) {
            Deadline limit = Deadline.after(Duration.ofMinutes(1), Clock.SYSTEM);
            while (runtime.execs().list(container).size() > 2) {
                limit.check("the command is there");
                Clock.SYSTEM.sleep(Duration.ofMillis(5));
            }
            assertThat(runtime.execs().list(container))
                    .extracting(ExecInfo::id)
                    .containsExactlyInAnyOrder(notYet, endless);
            assertThat(node.shimOf(pod).signals).containsExactly("9 " + over);
        }
    }

    @Test
    void rebootEndsEverything() throws IOException {
        pretendOtherBoot();
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.pods().get(pod.value()).state()).isEqualTo(PodSandboxState.NOTREADY);
            assertThat(runtime.containers().get(container).status().exitCode()).isEqualTo(255);
        }
    }

    @Test
    void startThatWasNotRecordedIsRecordedNow() throws IOException {
        revert(container, ContainerStatus.creating().created());
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.containers().get(container).state())
                    .isEqualTo(ContainerState.RUNNING);
        }
    }

    @Test
    void halfMadeContainerIsUndone() throws IOException {
        node.shimOf(pod).exit(container, 0);
        revert(container, ContainerStatus.creating());
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.containers().list(ContainerFilter.of(null))).isEmpty();
            assertThat(node.rootfs).isEmpty();
            assertThat(node.cgroups).containsExactly("/gantry/" + pod);
        }
    }

    @Test
    void halfMadePodIsUndone() throws IOException {
        node.shimOf(pod).exit(container, 0);
        withPods(
                records ->
                        records.update(
                                pod.value(),
                                found -> found.with(PodSandboxStatus.creating().attaching())));
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.pods().list(PodSandboxFilter.of(null))).isEmpty();
            assertThat(node.leftovers()).isEmpty();
            assertThatThrownBy(() -> runtime.pods().get(pod.value())).isNotNull();
        }
    }

    @Test
    void namesStayTaken() throws IOException {
        try (RuntimeService runtime = node.boot()) {
            PodSandboxConfig same = PodConfigs.withLogs("p", directory.resolve("logs"));
            assertThat(runtime.pods().run(PodOwner.CRI, same, "", SOON)).isEqualTo(pod);
            assertThatThrownBy(
                            () ->
                                    runtime.pods()
                                            .run(
                                                    PodOwner.CRI,
                                                    PodSandboxConfig.of(
                                                            new PodSandboxMetadata(
                                                                    "p", "uid-p", "default", 0)),
                                                    "",
                                                    SOON))
                    .hasMessageContaining("p_default_uid-p_0");
        }
    }

    @Test
    void whatHasNoRecordIsSwept() throws IOException {
        Files.delete(directory.resolve("root/gantry.db"));
        try (RuntimeService runtime = node.boot()) {
            assertThat(runtime.pods().list(PodSandboxFilter.of(null))).isEmpty();
            assertThat(node.leftovers()).isEmpty();
        }
    }

    private void revert(String id, ContainerStatus status) {
        try (Database database = Database.open(directory.resolve("root/gantry.db"))) {
            Records<Container> records =
                    new Records<>(database, "container", Container.class, c -> c.id().value());
            records.load();
            records.update(id, found -> found.with(status));
        }
    }

    private void withPods(Consumer<Records<PodSandbox>> change) {
        try (Database database = Database.open(directory.resolve("root/gantry.db"))) {
            Records<PodSandbox> records =
                    new Records<>(database, "pod sandbox", PodSandbox.class, p -> p.id().value());
            records.load();
            change.accept(records);
        }
    }

    private void pretendOtherBoot() {
        try (Database database = Database.open(directory.resolve("root/gantry.db"))) {
            new Records<>(database, "boot", Boot.class, boot -> Boot.KEY)
                    .put(new Boot("some other boot"));
        }
    }

    /** The layout is what the two runtimes share. */
    @Test
    void socketNameFitsSunPath() {
        Layout layout = node.layout();
        assertThat(Layout.socketName(pod)).hasSize("0123456789abcdef.sock".length());
        assertThat(layout.sandbox(pod).socket().getParent()).isEqualTo(layout.shims());
    }
}
