package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnknownException;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.container.MountPropagation;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.ShimProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole path, from a request for a pod to isolated processes, with the real shim and kernel.
 */
@Tag("privileged")
@Timeout(120)
class RuntimePrivilegedIT {

    /** Prints the container's own, in either version of cgroups. */
    private static final String MEMORY_LIMIT =
            "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null;"
                    + " true";

    RuntimeHarness node;

    @BeforeEach
    void start() throws IOException {
        node = RuntimeHarness.start().withHandler(handler());
    }

    /** Of the pods. */
    String handler() {
        return "";
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        for (PodSandbox pod : node.runtime().pods().list(PodSandboxFilter.of(null))) {
            node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
        }
        try {
            assertThat(node.leftovers()).isEmpty();
        } finally {
            node.close();
        }
    }

    private ContainerManager containers() {
        return node.runtime().containers();
    }

    private ExecResult exec(String container, String... command) {
        return node.runtime()
                .execs()
                .execSync(container, List.of(command), Duration.ZERO, RuntimeHarness.SOON);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Test
    void containerPrintsToItsLogAndCompletes() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sh", "-c", "echo out; echo err >&2");

        ContainerStatus status = node.await(id).status();

        assertThat(status.exitCode()).isZero();
        assertThat(status.reason()).isEqualTo("Completed");
        assertThat(node.log(id)).contains("out\n").contains("err\n");
    }

    @Test
    void exitCodesAndSignalsAreReported() {
        PodSandbox pod = node.pod();
        String three = node.start(pod, "sh", "-c", "exit 3");
        String killed = node.start(pod, "sleep", "600");

        assertThat(node.await(three).status().exitCode()).isEqualTo(3);
        assertThat(node.await(three).status().reason()).isEqualTo("Error");
        node.runtime().containers().kill(killed, Signal.SIGKILL, RuntimeHarness.SOON);
        assertThat(node.await(killed).status().exitCode()).isEqualTo(137);
    }

    @Test
    void containerIsIsolated() throws IOException {
        PodSandbox pod = node.pod();
        String id =
                node.start(
                        pod,
                        "sh",
                        "-c",
                        "hostname; echo pid $$; env; echo printed; exec sleep 600");
        int pid = containers().get(id).status().pid();

        for (String namespace : List.of("pid", "mnt", "net", "uts", "ipc")) {
            assertThat(Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + namespace)))
                    .as(namespace)
                    .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/" + namespace)));
        }
        assertThat(text(exec(id, "hostname").stdout())).isEqualTo("it-host\n");
        assertThat(text(exec(id, "ls", "/sys/class/net").stdout())).isEqualTo("lo\n");
        assertThat(node.logOnceItHas(id, "printed\n"))
                .contains("FROM_IMAGE=yes\n")
                .contains("HOSTNAME=it-host\n");
    }

    @Test
    void containersOfAPodShareItsNetworkAndMemory() throws IOException {
        PodSandbox pod = node.pod(pidMode(NamespaceMode.CONTAINER));
        String one =
                node.start(pod, "sh", "-c", "echo hello > /dev/shm/x; echo done; exec sleep 600");
        String two = node.start(pod, "sleep", "600");
        node.logOnceItHas(one, "done");

        assertThat(text(exec(one, "sh", "-c", "echo $$; cat /dev/shm/x").stdout()))
                .endsWith("hello\n");
        assertThat(text(exec(two, "cat", "/dev/shm/x").stdout())).isEqualTo("hello\n");
        assertThat(namespace(one, "net")).isEqualTo(namespace(two, "net"));
        assertThat(namespace(one, "pid")).isNotEqualTo(namespace(two, "pid"));
    }

    @Test
    void sharedPidNamespaceShowsTheOthers() throws IOException {
        PodSandbox pod = node.pod(pidMode(NamespaceMode.POD));
        String one = node.start(pod, "sleep", "611");
        String two = node.start(pod, "sleep", "622");

        assertThat(namespace(one, "pid")).isEqualTo(namespace(two, "pid"));
        assertThat(text(exec(one, "ps").stdout())).contains("sleep 622");
        containers().stop(one, Duration.ZERO, RuntimeHarness.SOON);
        assertThat(containers().get(two).state()).isEqualTo(ContainerState.RUNNING);
    }

    @Test
    void imagesAreSeenAsVolumesAndDeclaredOnesAreMade() throws IOException {
        PodSandbox pod = node.pod();
        ContainerMount etc =
                new ContainerMount(
                        "/mnt/image/etc",
                        "",
                        true,
                        false,
                        false,
                        MountPropagation.PRIVATE,
                        List.of(),
                        List.of(),
                        ImageSpec.of("busybox"),
                        "etc",
                        List.of());
        ContainerConfig config =
                RuntimeHarness.config(
                        "sh",
                        "-c",
                        "exec 2>&1; grep alice /mnt/image/etc/passwd; touch /mnt/image/etc/x; cat"
                                + " /declared/of-image; echo new > /declared/new && ls /declared");
        String id = node.create(pod, config.with(List.of(etc)));
        containers().start(id, RuntimeHarness.SOON);
        node.await(id);

        assertThat(node.log(id))
                .isEqualTo(
                        """
                        alice:x:1001:1002::/tmp:/bin/sh
                        touch: /mnt/image/etc/x: Read-only file system
                        /declared
                        new
                        of-image
                        """);
        ImageSpec seen = containers().get(id).config().mounts().getFirst().image();
        assertThat(seen).isEqualTo(ImageSpec.of("busybox").found("sha256:busybox"));
    }

    @Test
    void anImageVolumeOfAnImageThatIsNotHereIsNamed() {
        PodSandbox pod = node.pod();
        ContainerMount mount =
                ContainerMount.bind("", "/mnt", true).with(ImageSpec.of("nothing:1"));

        assertThatThrownBy(
                        () -> node.create(pod, RuntimeHarness.config("true").with(List.of(mount))))
                .isInstanceOf(UnknownException.class)
                .hasMessage(
                        "ImageVolumeMountFailed: volume /mnt: image nothing:1 is not here; pull it"
                                + " first");
    }

    @Test
    void defaultProfileFiltersSystemCalls() throws IOException {
        PodSandbox pod = node.pod();
        ContainerConfig plain =
                RuntimeHarness.config(
                        "sh",
                        "-c",
                        "grep Seccomp: /proc/self/status; unshare -U true || echo refused");
        ContainerConfig filtered = PodConfigs.filtered(plain);

        String id = node.create(pod, filtered);
        containers().start(id, RuntimeHarness.SOON);
        node.await(id);

        assertThat(node.log(id)).contains("Seccomp:\t2\n").contains("refused\n");
    }

    @Test
    void stopKillsWhatIgnoresTheSignal() throws IOException {
        PodSandbox pod = node.pod();
        String id =
                node.start(pod, "sh", "-c", "trap '' TERM; echo up; while true; do sleep 1; done");
        node.logOnceItHas(id, "up");

        containers().stop(id, Duration.ofMillis(200), RuntimeHarness.SOON);

        assertThat(containers().get(id).status().exitCode()).isEqualTo(137);
    }

    @Test
    void stopLetsTheContainerEndByItself() throws IOException {
        PodSandbox pod = node.pod();
        String id =
                node.start(
                        pod,
                        "sh",
                        "-c",
                        "trap 'echo bye; exit 7' TERM; echo up; while true; do sleep 0.05; done");
        node.logOnceItHas(id, "up");

        containers().stop(id, Duration.ofSeconds(20), RuntimeHarness.SOON);

        assertThat(containers().get(id).status().exitCode()).isEqualTo(7);
        assertThat(node.log(id)).isEqualTo("up\nbye\n");
    }

    @Test
    void containerBeyondItsMemoryIsOomKilled() {
        PodSandbox pod = node.pod();
        ContainerConfig config =
                limited(
                        RuntimeHarness.config("sh", "-c", "x=a; while true; do x=$x$x; done"),
                        16L << 20);
        String id = node.create(pod, config);
        containers().start(id, RuntimeHarness.SOON);

        ContainerStatus status = node.await(id).status();

        assertThat(status.reason()).isEqualTo("OOMKilled");
        assertThat(status.exitCode()).isEqualTo(137);
    }

    @Test
    void failedStartNamesStepAndReason() throws IOException {
        PodSandbox pod = node.pod();
        assertStartError(pod, RuntimeHarness.config("/bin/nope"), "/bin/nope", "no such file");
        assertStartError(pod, RuntimeHarness.config("nope"), "nope", "$PATH");
        assertStartError(
                pod, RuntimeHarness.config("/bin/notexec"), "/bin/notexec", "permission denied");
        assertStartError(
                pod, inDirectory(RuntimeHarness.config("true"), "/etc/passwd"), "/etc/passwd", "");
    }

    private void assertStartError(PodSandbox pod, ContainerConfig config, String what, String why) {
        String id = node.create(pod, config);

        assertThatThrownBy(() -> containers().start(id, RuntimeHarness.SOON))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining(what)
                .hasMessageContaining(why);

        ContainerStatus status = containers().get(id).status();
        assertThat(status.reason()).isEqualTo("StartError");
        assertThat(status.exitCode()).isEqualTo(128);
        assertThat(status.message()).contains(what).contains(why);
    }

    @Test
    void execSeesTheContainerAndReturnsItsCode() {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");

        ExecResult result = exec(id, "sh", "-c", "cat; echo $FROM_IMAGE; echo e >&2; exit 5");

        assertThat(text(result.stdout())).isEqualTo("yes\n");
        assertThat(text(result.stderr())).isEqualTo("e\n");
        assertThat(result.exitCode()).isEqualTo(5);
    }

    @Test
    void execOfSomethingMissingSaysSo() {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        assertThatThrownBy(() -> exec(id, "nope"))
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("nope");
        assertThat(containers().get(id).state()).isEqualTo(ContainerState.RUNNING);
    }

    @Test
    void execThatTakesTooLongIsKilledWithAllItStarted() {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");

        assertThatThrownBy(
                        () ->
                                node.runtime()
                                        .execs()
                                        .execSync(
                                                id,
                                                List.of("sh", "-c", "sleep 333 & sleep 333"),
                                                Duration.ofMillis(200),
                                                RuntimeHarness.SOON))
                .isInstanceOf(DeadlineExceededException.class);

        assertThat(text(exec(id, "ps").stdout())).doesNotContain("sleep 333");
        assertThat(containers().get(id).state()).isEqualTo(ContainerState.RUNNING);
        assertThat(node.runtime().execs().list(id)).isEmpty();
    }

    @Test
    void execIsNotHeldUpByWhatItLeavesRunning() {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        long before = Clock.SYSTEM.nanoTime();

        ExecResult result = exec(id, "sh", "-c", "sleep 100 & echo done");

        assertThat(text(result.stdout())).isEqualTo("done\n");
        assertThat(Duration.ofNanos(Clock.SYSTEM.nanoTime() - before))
                .isLessThan(Duration.ofMinutes(1));
    }

    @Test
    void streamOfAnExecCarriesInputAndOutput() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        try (ProcessStream stream =
                node.runtime().execs().exec(ExecRequest.of(id, List.of("cat"), false, true))) {
            byte[] input = "hello\n".getBytes(UTF_8);
            stream.write(input, 0, input.length);
            stream.closeInput();
            assertThat(drain(stream)).isEqualTo("hello\nexit 0");
        }
    }

    @Test
    void terminalOfAnExecIsOne() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        ExecRequest request =
                ExecRequest.of(id, List.of("sh", "-c", "test -t 1 && echo $TERM"), true, false);
        try (ProcessStream stream = node.runtime().execs().exec(request)) {
            assertThat(drain(stream)).isEqualTo("xterm\r\nexit 0");
        }
    }

    @Test
    void terminalOfAnExecHasItsSizeFromTheFirstMomentOn() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        ExecRequest request =
                ExecRequest.of(id, List.of("busybox", "stty", "size"), true, false)
                        .with(Optional.of(new WindowSize(37, 101)));
        try (ProcessStream stream = node.runtime().execs().exec(request)) {
            assertThat(drain(stream)).isEqualTo("37 101\r\nexit 0");
        }
    }

    @Test
    void startAttachedMissesNothing() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.create(pod, "sh", "-c", "echo first; exit 4");
        try (ProcessStream stream = startAttached(id)) {
            assertThat(drain(stream)).isEqualTo("first\nexit 4");
        }
        assertThat(node.await(id).status().exitCode()).isEqualTo(4);
    }

    private ProcessStream startAttached(String id) {
        return containers().startAttached(id, false, Optional.empty(), RuntimeHarness.SOON);
    }

    private static String drain(ProcessStream stream) throws IOException {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        while (true) {
            switch (stream.next()) {
                case null -> {
                    return seen.toString(UTF_8);
                }
                case ProcessStream.Output output -> seen.writeBytes(output.bytes());
                case ProcessStream.Exited exited ->
                        seen.writeBytes(("exit " + exited.exitCode()).getBytes(UTF_8));
            }
        }
    }

    @Test
    void logIsReopenedAfterARotation() throws IOException {
        PodSandbox pod = node.pod();
        String id =
                node.start(
                        pod,
                        "sh",
                        "-c",
                        "echo one; while ! test -e /tmp/go; do sleep 0.02; done; echo two");
        Path log = Path.of(containers().get(id).logFile());
        node.logOnceItHas(id, "one");
        Files.move(log, log.resolveSibling("rotated"));

        containers().reopenLog(id, RuntimeHarness.SOON);
        exec(id, "touch", "/tmp/go");
        node.await(id);

        assertThat(node.log(id)).isEqualTo("two\n");
    }

    @Test
    void volumesAreMounted() throws IOException {
        Path volume = Files.createDirectories(node.directory.resolve("volume"));
        Files.writeString(volume.resolve("x"), "from host\n");
        PodSandbox pod = node.pod();
        ContainerConfig config =
                mounted(
                        RuntimeHarness.config("sh", "-c", "cat /data/x; touch /data/y || echo ro"),
                        ContainerMount.bind(volume.toString(), "/data", true));
        String id = node.create(pod, config);
        containers().start(id, RuntimeHarness.SOON);
        node.await(id);

        assertThat(node.log(id)).contains("from host\n").contains("ro\n");
    }

    @Test
    void limitsChangeWhileItRuns() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        containers()
                .updateResources(
                        id,
                        new LinuxResources(
                                0, 0, 512, 64L << 20, 321, "", "", Map.of(), Map.of(), 0),
                        RuntimeHarness.SOON);
        String limit = text(exec(id, "sh", "-c", MEMORY_LIMIT).stdout()).strip();
        assertThat(limit).isEqualTo(Long.toString(64L << 20));
        int pid = containers().get(id).status().pid();
        assertThat(Path.of("/proc/" + pid + "/oom_score_adj")).hasContent("321\n");

        assertThatThrownBy(
                        () ->
                                containers()
                                        .updateResources(
                                                id,
                                                new LinuxResources(
                                                        100_000, 1, 0, 32L << 20, 0, "", "",
                                                        Map.of(), Map.of(), 0),
                                                RuntimeHarness.SOON))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("linux.cpu_quota")
                .hasMessageContaining(id);
        assertThat(text(exec(id, "sh", "-c", MEMORY_LIMIT).stdout()).strip()).isEqualTo(limit);

        node.restart();
        assertThat(containers().get(id).resources().memoryLimit()).isEqualTo(64L << 20);
        assertThat(containers().get(id).resources().cpuQuota()).isZero();
    }

    @Test
    void limitsThatChangeBeforeTheStartAreThoseOfTheStart() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.create(pod, "sleep", "600");
        containers()
                .updateResources(
                        id,
                        new LinuxResources(0, 0, 0, 48L << 20, 99, "", "", Map.of(), Map.of(), 0),
                        RuntimeHarness.SOON);
        assertThatThrownBy(
                        () ->
                                containers()
                                        .updateResources(
                                                id,
                                                new LinuxResources(
                                                        0, 1, 0, 0, 0, "", "", Map.of(), Map.of(),
                                                        0),
                                                RuntimeHarness.SOON))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("linux.cpu_quota");
        containers().start(id, RuntimeHarness.SOON);

        assertThat(text(exec(id, "sh", "-c", MEMORY_LIMIT).stdout()).strip())
                .isEqualTo(Long.toString(48L << 20));
        int pid = containers().get(id).status().pid();
        assertThat(Path.of("/proc/" + pid + "/oom_score_adj")).hasContent("99\n");
    }

    @Test
    void restartAdoptsEverything() throws IOException {
        PodSandbox pod = node.pod();
        String running = node.start(pod, "sleep", "600");
        String ending =
                node.start(
                        pod,
                        "sh",
                        "-c",
                        "while ! test -e /tmp/go; do sleep 0.02; done; echo end; exit 6");
        try (ProcessStream _ =
                node.runtime()
                        .execs()
                        .exec(ExecRequest.of(running, List.of("sleep", "99"), false, false))) {
            int endingPid = containers().get(ending).status().pid();
            node.restartAfter(
                    () -> {
                        Files.createFile(Path.of("/proc/" + endingPid + "/root/tmp/go"));
                        ProcessHandle.of(endingPid).ifPresent(p -> p.onExit().join());
                    });
        }

        assertThat(node.runtime().pods().get(pod.id().value()).state())
                .isEqualTo(PodSandboxState.READY);
        assertThat(containers().get(running).state()).isEqualTo(ContainerState.RUNNING);
        assertThat(containers().get(ending).status().exitCode()).isEqualTo(6);
        assertThat(node.log(ending)).isEqualTo("end\n");
        assertThat(node.runtime().execs().list(running)).hasSize(1);
        assertThat(text(exec(running, "hostname").stdout())).isEqualTo("it-host\n");
        containers().stop(running, Duration.ZERO, RuntimeHarness.SOON);
        assertThat(containers().get(running).status().exitCode()).isEqualTo(137);
    }

    @Test
    void killedShimTakesItsContainersAlong() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        int pid = containers().get(id).status().pid();
        ShimProcess shim = Objects.requireNonNull(current(pod).status().shim());

        ProcessHandle.of(shim.pid()).ifPresent(ProcessHandle::destroyForcibly);

        assertThat(node.await(id).status().exitCode()).isEqualTo(255);
        assertThat(current(pod).state()).isEqualTo(PodSandboxState.NOTREADY);
        assertThat(runs(pid)).isFalse();
    }

    @Test
    void shimThatDiedMeanwhileIsNoticedAtTheStart() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");
        int pid = containers().get(id).status().pid();
        ShimProcess shim = Objects.requireNonNull(current(pod).status().shim());
        node.restartAfter(
                () ->
                        ProcessHandle.of(shim.pid())
                                .ifPresent(
                                        handle -> {
                                            handle.destroyForcibly();
                                            handle.onExit().join();
                                        }));

        assertThat(current(pod).state()).isEqualTo(PodSandboxState.NOTREADY);
        assertThat(containers().get(id).status().exitCode()).isEqualTo(255);
        assertThat(runs(pid)).isFalse();
    }

    @Test
    void lostDatabaseLeavesNothingRunning() throws IOException {
        PodSandbox pod = node.pod();
        node.start(pod, "sleep", "600");
        node.restartAfter(
                () -> {
                    for (String suffix : List.of("", "-wal", "-shm")) {
                        Files.deleteIfExists(Path.of(node.layout().database() + suffix));
                    }
                });
        assertThat(node.leftovers()).isEmpty();
    }

    @Test
    void stoppedPodHoldsNothing() throws IOException {
        PodSandbox pod = node.pod();
        String id = node.start(pod, "sleep", "600");

        node.runtime().pods().stop(pod.id().value(), RuntimeHarness.SOON);

        Layout.Sandbox files = node.layout().sandbox(pod.id());
        assertThat(node.leftovers())
                .containsExactlyInAnyOrder(
                        "file " + files.directory(),
                        "file " + node.layout().container(new ContainerId(id)).directory(),
                        "file " + node.layout().container(new ContainerId(id)).stateDirectory(),
                        "file " + node.directory.resolve("writable").resolve(id));
    }

    /** A process that waits for its new parent to take notice does not run. */
    private static boolean runs(int pid) throws IOException {
        return ProcFs.SYSTEM.stat(pid).filter(stat -> !stat.zombie()).isPresent();
    }

    private PodSandbox current(PodSandbox pod) {
        return node.runtime().pods().get(pod.id().value());
    }

    private Path namespace(String container, String name) throws IOException {
        int pid = containers().get(container).status().pid();
        return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/" + name));
    }

    private static SandboxSecurity pidMode(NamespaceMode mode) {
        return SandboxSecurity.defaults()
                .withNamespaces(
                        new NamespaceOptions(NamespaceMode.POD, mode, NamespaceMode.POD, "", null));
    }

    private static ContainerConfig limited(ContainerConfig config, long memory) {
        return PodConfigs.with(
                config,
                config.workingDir(),
                List.of(),
                new LinuxResources(0, 0, 0, memory, 0, "", "", Map.of(), Map.of(), memory));
    }

    private static ContainerConfig inDirectory(ContainerConfig config, String directory) {
        return PodConfigs.with(config, directory, List.of(), config.resources());
    }

    private static ContainerConfig mounted(ContainerConfig config, ContainerMount mount) {
        return PodConfigs.with(config, config.workingDir(), List.of(mount), config.resources());
    }
}
