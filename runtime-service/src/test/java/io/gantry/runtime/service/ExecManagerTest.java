package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.shim.AttachRequest;
import io.gantry.linux.shim.ShimStream;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecManagerTest {

    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10), Clock.SYSTEM);

    @TempDir Path directory;
    private FakeNode node;
    private RuntimeService runtime;
    private ExecManager execs;
    private PodSandboxId pod;
    private String container;

    @BeforeEach
    void boot() throws IOException {
        node = new FakeNode(directory);
        runtime = node.boot();
        execs = runtime.execs();
        pod = pod(PodOwner.CRI, "p");
        container = started(pod);
    }

    private PodSandboxId pod(PodOwner owner, String name) {
        PodSandboxMetadata metadata = new PodSandboxMetadata(name, "u", "n", 0);
        return runtime.pods().run(owner, PodSandboxConfig.of(metadata), "", SOON);
    }

    /** A container that runs. */
    private String started(PodSandboxId in) {
        ContainerConfig config = ContainerConfig.of("c", "busybox", List.of("sh"));
        String id = runtime.containers().create(in.value(), config, SOON).value();
        runtime.containers().start(id, SOON);
        return id;
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private ExecResult run(String... command) {
        return execs.execSync(container, List.of(command), Duration.ZERO, SOON);
    }

    private static void say(FakeNode.ExecControl exec, int fd, String text) {
        exec.stream().events.add(Optional.of(new ShimStream.Output(fd, text.getBytes(UTF_8))));
    }

    @Test
    void outputAndExitCodeAreCollected() {
        node.execBehaviour =
                (args, exec) -> {
                    say(exec, 1, "out of " + args);
                    say(exec, 2, "err");
                    exec.shim().exit(exec.id(), 3);
                };

        ExecResult result = run("a", "b");

        assertThat(new String(result.stdout(), UTF_8)).isEqualTo("out of [a, b]");
        assertThat(new String(result.stderr(), UTF_8)).isEqualTo("err");
        assertThat(result.exitCode()).isEqualTo(3);
    }

    @Test
    void outputBeyondTheCapIsDropped() {
        node.execBehaviour =
                (args, exec) -> {
                    for (int i = 0; i < 3; i++) {
                        exec.stream()
                                .events
                                .add(Optional.of(new ShimStream.Output(1, new byte[7 << 20])));
                    }
                    exec.shim().exit(exec.id(), 0);
                };
        assertThat(run("yes").stdout()).hasSize(16 << 20);
    }

    @Test
    void commandThatTakesTooLongIsKilled() {
        node.execBehaviour = (args, exec) -> {};

        assertThatThrownBy(
                        () ->
                                execs.execSync(
                                        container,
                                        List.of("sleep", "9"),
                                        Duration.ofMillis(5),
                                        SOON))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageContaining("sleep");

        assertThat(node.shimOf(pod).signals).hasSize(1).first().asString().startsWith("9 ");
        assertThat(node.shimOf(pod).processes).containsOnlyKeys(container);
        assertThat(execs.list(container)).isEmpty();
    }

    @Test
    void containerThatDoesNotRunHasNoCommands() {
        node.shimOf(pod).exit(container, 0);
        assertThat(execs.list(container)).isEmpty();
    }

    @Test
    void deadlineOfTheCallerLimitsACommandWithoutTimeout() {
        node.execBehaviour = (args, exec) -> {};
        Deadline soon = Deadline.after(Duration.ofMillis(5), Clock.SYSTEM);
        assertThatThrownBy(() -> execs.execSync(container, List.of("sleep"), Duration.ZERO, soon))
                .isInstanceOf(DeadlineExceededException.class);
    }

    @Test
    void commandWhoseCallerGoesAwayIsKilled() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        node.execBehaviour = (args, exec) -> started.countDown();
        Thread caller = Tasks.start("caller", () -> run("sleep"));
        started.await();

        caller.interrupt();
        caller.join();

        while (!execs.list(container).isEmpty()) {
            SOON.check("waiting for the end of the command");
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(node.shimOf(pod).signals).hasSize(1);
    }

    @Test
    void streamThatBreaksIsAnError() {
        node.execBehaviour = (args, exec) -> exec.stream().events.add(Optional.empty());
        assertThatThrownBy(() -> run("a")).isInstanceOf(UnavailableException.class);
    }

    @Test
    void execInUnknownContainerIsNotFound() {
        assertThatThrownBy(() -> execs.execSync("0123", List.of("a"), Duration.ZERO, SOON))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void execInAContainerThatDoesNotRunIsRefused() {
        runtime.containers().stop(container, Duration.ZERO, SOON);
        assertThatThrownBy(() -> run("a"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("EXITED");
    }

    @Test
    void emptyCommandIsRefused() {
        assertThatThrownBy(this::run).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void streamPassesEventsOn() throws IOException {
        node.execBehaviour =
                (args, exec) -> {
                    say(exec, 2, "x");
                    exec.shim().exit(exec.id(), 7);
                };
        try (ProcessStream stream =
                execs.exec(ExecRequest.of(container, List.of("a"), false, true))) {
            assertThat(stream.next())
                    .isInstanceOfSatisfying(
                            ProcessStream.Output.class, o -> assertThat(o.stderr()).isTrue());
            assertThat(stream.next()).isEqualTo(new ProcessStream.Exited(7));
        }
        assertThat(node.shimOf(pod).processes).containsOnlyKeys(container);
    }

    @Test
    void execIsListedWhileItRuns() {
        node.execBehaviour = (args, exec) -> {};
        ProcessStream stream = execs.exec(ExecRequest.of(container, List.of("a"), false, false));
        assertThat(execs.list(container)).hasSize(1);
        stream.close();
        assertThat(execs.list(container)).hasSize(1);
        node.shimOf(pod).exit(execs.list(container).get(0).id(), 0);
        assertThat(execs.list(container)).isEmpty();
    }

    @Test
    void attachToAContainerThatDoesNotRunIsRefused() {
        runtime.containers().stop(container, Duration.ZERO, SOON);
        assertThatThrownBy(() -> execs.attach(container, false, true))
                .isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void noContainerOfTheCriWaitsForAnAttachedClientAndAllOfGantrysOwnDo() {
        execs.attach(container, true, true).close();
        assertThat(node.shimOf(pod).attached)
                .containsExactly(new AttachRequest(container, false, true, false));

        PodSandboxId ownPod = pod(PodOwner.GANTRY, "own");
        String own = started(ownPod);
        execs.attach(own, true, true).close();
        assertThat(node.shimOf(ownPod).attached)
                .containsExactly(new AttachRequest(own, false, true, true));
    }

    @Test
    void specificationIsReadOnceForAllCommands() throws IOException {
        node.execBehaviour = (args, exec) -> exec.shim().exit(exec.id(), 0);
        run("a");
        Files.delete(node.layout().container(new ContainerId(container)).spec());

        assertThat(run("b").exitCode()).isZero();

        try (RuntimeService next = node.boot()) {
            assertThatThrownBy(
                            () ->
                                    next.execs()
                                            .execSync(container, List.of("c"), Duration.ZERO, SOON))
                    .isInstanceOf(DataLossException.class)
                    .hasMessageContaining("spec.json");
        }
    }
}
