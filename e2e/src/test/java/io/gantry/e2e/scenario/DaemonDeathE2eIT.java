package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.EventListener;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerEventResponse;
import io.gantry.proto.cri.ContainerEventType;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.ExecRequest;
import io.gantry.proto.engine.ExecResponse;
import io.gantry.proto.engine.InspectContainerRequest;
import io.grpc.Status;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What kill -9 of the daemon, and an orderly end of it, mean to what runs. */
class DaemonDeathE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String COUNTER =
            "i=0; while :; do i=$((i + 1)); echo $i; usleep 10000; done";
    private static final int DEATHS = 2;
    private static final int LINES = 50;

    @Test
    void aCounterThatRunsOnHasEveryNumberOnceAndInOrderInItsLog() {
        String container = NODE.run("counter", COUNTER);
        long pid = pidOf(container);
        for (int death = 0; death < DEATHS; death++) {
            awaitLines("counter", numbers("counter").size() + LINES);
            NODE.daemon().kill();
            awaitLines("counter", numbers("counter").size() + LINES);
            assertThat(isAlive(pid)).as("container while nobody is there").isTrue();
            NODE.daemon().start();
            assertThat(NODE.cri().status(container).getState())
                    .isEqualTo(ContainerState.CONTAINER_RUNNING);
            assertThat(pidOf(container)).isEqualTo(pid);
        }
        NODE.cri().stop(container, 0);
        List<String> numbers = numbers("counter");
        assertThat(numbers).hasSizeGreaterThanOrEqualTo(2 * DEATHS * LINES);
        assertThat(numbers)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, numbers.size())
                                .mapToObj(Integer::toString)
                                .toList());
    }

    @Test
    void theExitOfAContainerThatEndsMeanwhileIsKnownAfterwards() throws IOException {
        Path gate = Files.createDirectories(NODE.home().resolve("gate"));
        String container = gated("ends", gate, "echo bye; exit 17", 0);
        long pid = pidOf(container);
        NODE.daemon().kill();
        Instant begin = Instant.now();
        endThroughGate(gate, pid);
        Instant end = Instant.now();
        NODE.daemon().start();

        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(status.getExitCode()).isEqualTo(17);
        assertThat(status.getReason()).isEqualTo("Error");
        assertThat(instant(status.getFinishedAt())).isBetween(begin, end);
        assertThat(numbers("ends")).containsExactly("bye");
    }

    @Test
    void theExitOfMeanwhileIsToldToTheFirstThatListensAfterwards() throws Exception {
        String container = NODE.idle("told");
        long pid = pidOf(container);
        NODE.daemon().kill();
        Command.of("kill", "-9", Long.toString(pid)).run().orThrow();
        Await.until("end of the container", Await.seconds(60), () -> !isAlive(pid));
        NODE.daemon().start();

        try (EventListener listener = new EventListener(NODE.cri())) {
            ContainerEventResponse event = listener.next();
            assertThat(event.getContainerId()).isEqualTo(container);
            assertThat(event.getContainerEventType())
                    .isEqualTo(ContainerEventType.CONTAINER_STOPPED_EVENT);
            assertThat(event.getContainersStatuses(0).getExitCode()).isEqualTo(128 + 9);
            assertThat(event.getPodSandboxStatus().getState())
                    .isEqualTo(PodSandboxState.SANDBOX_READY);
        }
    }

    @Test
    void whoListensDoesNotHoldUpTheEndOfTheDaemonAndIsToldOfIt() {
        try (EventListener listener = new EventListener(NODE.cri())) {
            listener.awaitTaken(NODE.cri(), NODE.pod("prelude").build());
            long begin = System.nanoTime();
            NODE.daemon().signalEnd();
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    ContainerEventResponse _ = listener.next();
                                }
                            })
                    .satisfies(e -> Failures.is(e, Status.Code.UNAVAILABLE, "stopping"));
            assertThat(NODE.daemon().stop()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Await.seconds(9));
        }
    }

    @Test
    void aContainerThatIsOomKilledMeanwhileIsToldAsThat() throws IOException {
        Path gate = Files.createDirectories(NODE.home().resolve("oom-gate"));
        String container =
                gated("oom", gate, "exec dd if=/dev/zero of=/dev/null bs=256M", 32L << 20);
        long pid = pidOf(container);
        NODE.daemon().kill();
        endThroughGate(gate, pid);
        NODE.daemon().start();

        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getReason()).isEqualTo("OOMKilled");
        assertThat(status.getExitCode()).isEqualTo(128 + 9);
    }

    @Test
    void aContainerWhoseSupervisorIsLostIsUnknownAndLeavesNoProcess() throws IOException {
        String container = NODE.idle("lost");
        String pod = NODE.cri().containers().getFirst().getPodSandboxId();
        long pid = pidOf(container);
        long shim = podInfo(pod).get("pid").asLong();
        NODE.daemon().kill();
        Command.of("kill", "-9", Long.toString(shim)).run().orThrow();
        Await.until("death of the shim", Await.seconds(60), () -> !isAlive(shim));
        NODE.daemon().start();

        Await.until(
                "container " + container + " known as lost",
                Await.seconds(60),
                () -> NODE.cri().status(container).getState() == ContainerState.CONTAINER_EXITED);
        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getExitCode()).isEqualTo(255);
        assertThat(status.getReason()).isEqualTo("Unknown");
        assertThat(NODE.cri().podStatus(pod).getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        Await.until("death of the container", Await.seconds(60), () -> !isAlive(pid));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRunningExecIsStillListedAndGoesOn(boolean killed) throws Exception {
        String container = NODE.idle("exec-" + killed);
        BlockingClientCall<ExecRequest, ExecResponse> call =
                EngineGrpc.newBlockingV2Stub(NODE.cri().channel()).exec();
        call.write(
                ExecRequest.newBuilder()
                        .setOpen(
                                ExecRequest.Open.newBuilder()
                                        .setId(container)
                                        .addAllCommand(List.of("/bin/sleep", "4711")))
                        .build());
        assertThat(call.read(Await.seconds(60).toMillis(), TimeUnit.MILLISECONDS).hasStarted())
                .isTrue();
        JsonNode before = execs(container);
        assertThat(before).hasSize(1);
        if (killed) {
            NODE.daemon().kill();
        } else {
            // Its client stays until it is cut off.
            NODE.daemon().signalEnd();
            Await.until("end", Await.seconds(60), () -> !NODE.daemon().isAlive());
            assertThat(NODE.daemon().stop()).isZero();
        }
        NODE.daemon().start();

        assertThat(execs(container)).isEqualTo(before);
        InspectContainerRequest inspect =
                InspectContainerRequest.newBuilder().setId(container).build();
        assertThat(NODE.cri().engine().inspectContainer(inspect).getExecsList())
                .singleElement()
                .satisfies(
                        exec -> {
                            assertThat(exec.getId()).isEqualTo(before.get(0).get("id").asText());
                            assertThat(exec.getPid()).isEqualTo(before.get(0).get("pid").asInt());
                        });
        assertThat(NODE.cri().shell(container, "ps -o args")).contains("/bin/sleep 4711");
        Command.of("kill", "-9", before.get(0).get("pid").asText()).run().orThrow();
        Await.until("end of the exec", Await.seconds(60), () -> execs(container).isEmpty());
    }

    @Test
    void aCommandThatSomebodyWaitedForIsKilledWithWhatItStartedWhenItsTimeIsOver()
            throws IOException {
        Path gate = Files.createDirectories(NODE.home().resolve("waited"));
        String container = NODE.run(NODE.pod("waited").build(), gated(gate));
        Future<?> call =
                RuntimeServiceGrpc.newFutureStub(NODE.cri().channel())
                        .execSync(
                                ExecSyncRequest.newBuilder()
                                        .setContainerId(container)
                                        .addCmd("/bin/sh")
                                        .addCmd("-c")
                                        .addCmd("sleep 4711 & : > /gate/runs; sleep 4712; true")
                                        .setTimeout(Await.seconds(3).toSeconds())
                                        .build());
        Await.until("command", Await.seconds(60), () -> Files.exists(gate.resolve("runs")));
        NODE.daemon().kill();
        assertThat(catchThrowable(call::get)).isNotNull();
        NODE.daemon().start();
        Await.until(
                "end of the command and of what it started",
                Await.seconds(60),
                () -> !NODE.cri().shell(container, "ps -o args").contains("sleep 471"));
        Await.until("its entry gone", Await.seconds(60), () -> execs(container).isEmpty());
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    private static ContainerConfig gated(Path gate) {
        return Requests.script("c", NODE.image(), "while :; do sleep 1; done")
                .addMounts(Requests.bind(gate, "/gate"))
                .build();
    }

    @Test
    void everythingIsListedAsBefore() {
        String running = NODE.idle("listed-running");
        String exited = NODE.run("listed-exited", "exit 3");
        NODE.cri().awaitExit(exited);
        String stopped = NODE.cri().runPod(NODE.pod("listed-stopped").build());
        NODE.cri().stopPod(stopped);
        PodSandboxConfig pod = NODE.pod("listed-created").build();
        String sandbox = NODE.cri().runPod(pod);
        ContainerConfig config = Requests.script("c", NODE.image(), "exit 4").build();
        String created = NODE.cri().create(sandbox, pod, config);
        var pods = NODE.cri().pods();
        var containers = NODE.cri().containers();
        var images = NODE.cri().imageList();
        ContainerStatus status = NODE.cri().status(running);
        NODE.daemon().kill();
        NODE.daemon().start();

        assertThat(NODE.cri().pods()).isEqualTo(pods);
        assertThat(NODE.cri().containers()).isEqualTo(containers);
        assertThat(NODE.cri().imageList()).isEqualTo(images);
        assertThat(NODE.cri().status(running)).isEqualTo(status);
        assertThat(NODE.cri().runPod(pod)).isEqualTo(sandbox);
        NODE.cri().start(created);
        assertThat(NODE.cri().awaitExit(created).getExitCode()).isEqualTo(4);
    }

    @Test
    void anOrderlyEndOfTheDaemonLeavesContainersAloneAndIsNoFailure() {
        String container = NODE.run("orderly", COUNTER);
        awaitLines("orderly", LINES);
        assertThat(NODE.daemon().stop()).isZero();
        assertThat(NODE.daemon().socket()).doesNotExist();
        awaitLines("orderly", numbers("orderly").size() + LINES);
        NODE.daemon().start();
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    /** A container that goes on once there is a file in a directory of the host. */
    private static String gated(String name, Path gate, String script, long memory) {
        ContainerConfig.Builder config =
                Requests.script(
                                "c",
                                NODE.image(),
                                "until [ -e /gate/open ]; do usleep 10000; done; " + script)
                        .addMounts(Requests.bind(gate, "/gate"));
        if (memory > 0) {
            config.getLinuxBuilder().setResources(Requests.memory(memory));
        }
        return NODE.run(NODE.pod(name).build(), config.build());
    }

    private static void endThroughGate(Path gate, long pid) throws IOException {
        assertThat(isAlive(pid)).isTrue();
        Files.createFile(gate.resolve("open"));
        Path process = Path.of("/proc", Long.toString(pid));
        Await.until("end of the container", Await.seconds(60), () -> !Files.exists(process));
    }

    private static long pidOf(String container) {
        return containerInfo(container).get("pid").asLong();
    }

    private static JsonNode execs(String container) {
        return containerInfo(container).get("execs");
    }

    private static JsonNode containerInfo(String container) {
        return parse(NODE.cri().verboseStatus(container).getInfoOrThrow("info"));
    }

    private static JsonNode podInfo(String pod) {
        return parse(
                NODE.cri()
                        .runtime()
                        .podSandboxStatus(
                                PodSandboxStatusRequest.newBuilder()
                                        .setPodSandboxId(pod)
                                        .setVerbose(true)
                                        .build())
                        .getInfoOrThrow("info"));
    }

    private static JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }

    /** Dead once it is a zombie: who inherits it reaps when it likes. */
    private static boolean isAlive(long pid) {
        String status = Texts.read(Path.of("/proc", Long.toString(pid), "status"));
        return !status.isEmpty()
                && !status.contains("\nState:\tZ")
                && !status.contains("\nState:\tX");
    }

    private static List<String> numbers(String pod) {
        return Texts.read(NODE.logs().resolve(pod).resolve("c.log"))
                .lines()
                .map(line -> line.substring(line.indexOf(" F ") + 3))
                .toList();
    }

    private static void awaitLines(String pod, int count) {
        Await.until(
                () -> count + " lines of " + pod + ", has " + numbers(pod).size(),
                Await.seconds(60),
                () -> numbers(pod).size() >= count);
    }

    private static Instant instant(long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }
}
