package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.AttachResponse;
import io.gantry.proto.engine.Container;
import io.gantry.proto.engine.ContainerState;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.CreateContainerResponse;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.ExecRequest;
import io.gantry.proto.engine.ExecResponse;
import io.gantry.proto.engine.InfoRequest;
import io.gantry.proto.engine.InspectContainerRequest;
import io.gantry.proto.engine.InspectContainerResponse;
import io.gantry.proto.engine.KillContainerRequest;
import io.gantry.proto.engine.ListContainersRequest;
import io.gantry.proto.engine.LogsRequest;
import io.gantry.proto.engine.LogsResponse;
import io.gantry.proto.engine.NetworkMode;
import io.gantry.proto.engine.Owner;
import io.gantry.proto.engine.RemoveContainerRequest;
import io.gantry.proto.engine.StartContainerRequest;
import io.gantry.proto.engine.StdinEof;
import io.gantry.proto.engine.StopContainerRequest;
import io.gantry.proto.engine.TerminalSize;
import io.gantry.proto.engine.WaitRequest;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, unit = TimeUnit.SECONDS)
class EngineServiceTest {

    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private EngineGrpc.EngineBlockingStub engine;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        engine = daemon.engine();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void aContainerLivesAloneInAPodOfGantrys() {
        CreateContainerResponse created = create(request().setName("web"));
        PodSandbox pod = daemon.pods.get(created.getPodId());

        assertThat(created.getName()).isEqualTo("web");
        assertThat(pod.owner()).isEqualTo(PodOwner.GANTRY);
        assertThat(pod.metadata().name()).isEqualTo("web");
        assertThat(pod.config().namespaces().network()).isEqualTo(NamespaceMode.POD);
        ContainerConfig config = daemon.containers.get(created.getId()).config();
        assertThat(config.security().maskedPaths()).contains("/proc/kcore");
        assertThat(config.security().seccomp()).isNotNull();
        assertThat(Path.of(daemon.containers.get(created.getId()).logFile()).getParent())
                .isDirectory();
    }

    @Test
    void aPrivilegedContainerOnTheHostsNetworkIsThat() {
        CreateContainerResponse created =
                create(
                        request()
                                .setPrivileged(true)
                                .setNetwork(NetworkMode.NETWORK_MODE_HOST)
                                .setUser("7:8"));
        ContainerConfig config = daemon.containers.get(created.getId()).config();

        assertThat(config.security().privileged()).isTrue();
        assertThat(config.security().maskedPaths()).isEmpty();
        assertThat(config.security().runAsUser()).isEqualTo(7);
        assertThat(config.security().runAsGroup()).isEqualTo(8);
        PodSandbox pod = daemon.pods.get(created.getPodId());
        assertThat(pod.config().namespaces().hostNetwork()).isTrue();
        assertThat(pod.config().security().privileged()).isTrue();
    }

    @Test
    void anImageThatIsNotHereIsNamedAndNothingIsLeft() {
        Status status = failure(() -> create(request().setImage("nginx")));

        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(status.getDescription())
                .isEqualTo("image \"nginx\" is not here: pull it first (gantry pull)");
        assertThat(daemon.pods.list(PodSandboxFilter.of(null))).isEmpty();
    }

    @Test
    void aNameCannotBeUsedTwice() {
        String id = create(request().setName("web")).getId();
        Status status = failure(() -> create(request().setName("web")));

        assertThat(status.getCode()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(status.getDescription())
                .isEqualTo("container name \"web\" is in use by container " + id);
        assertThat(daemon.pods.list(PodSandboxFilter.of(null))).hasSize(1);
    }

    @Test
    void aNameIsMadeUpWhereNoneIsGiven() {
        assertThat(create(request()).getName()).matches("[a-z]+-[a-z]+");
    }

    @Test
    void aNameThatLooksLikeAnythingElseIsRefused() {
        assertThat(failure(() -> create(request().setName("a/b"))).getDescription())
                .startsWith("container name \"a/b\" is not valid");
        assertThat(failure(() -> create(request().setName("a".repeat(64)))).getDescription())
                .endsWith("it looks like an id");
    }

    @Test
    void attachedStartPassesEverythingOnAndEndsWithTheExitCode() throws Exception {
        FakeStream process = new FakeStream();
        daemon.containers.willStream(process);
        String id = create(request().setStdin(true)).getId();
        var call = engine().attach();
        call.write(
                AttachRequest.newBuilder()
                        .setOpen(
                                AttachRequest.Open.newBuilder()
                                        .setId(id.substring(0, 8))
                                        .setStart(true)
                                        .setStdin(true)
                                        .setOutput(true)
                                        .setSize(size(80, 24)))
                        .build());
        call.write(AttachRequest.newBuilder().setStdin(ByteString.copyFromUtf8("typed")).build());
        call.write(AttachRequest.newBuilder().setResize(size(100, 50)).build());
        call.write(AttachRequest.newBuilder().setStdinEof(StdinEof.getDefaultInstance()).build());
        assertThat(process.awaitInput()).isEqualTo("typed");
        process.says("out").complains("err");
        daemon.containers.exit(id, 42);
        process.exits(42);

        List<AttachResponse> answers = new ArrayList<>();
        AttachResponse answer = call.read();
        while (answer != null) {
            answers.add(answer);
            answer = call.read();
        }
        assertThat(answers).hasSize(4);
        assertThat(answers.get(0).getAttached().getId()).isEqualTo(id);
        assertThat(answers.get(1).getStdout().toStringUtf8()).isEqualTo("out");
        assertThat(answers.get(2).getStderr().toStringUtf8()).isEqualTo("err");
        assertThat(answers.get(3).getExit().getCode()).isEqualTo(42);
        assertThat(answers.get(3).getExit().getReason()).isEqualTo("Error");
        assertThat(daemon.containers.calls())
                .contains("startAttached stdin=true on " + new WindowSize(24, 80));
        assertThat(process.sizes()).as("what came later").containsExactly("50x100");
        process.awaitClosed();
    }

    @Test
    void aClientThatGoesClosesItsStreamsAndTheContainerRunsOn() throws Exception {
        FakeStream process = new FakeStream();
        daemon.containers.willStream(process);
        String id = create(request()).getId();
        var call = engine().attach();
        call.write(open(id));
        assertThat(call.read().hasAttached()).isTrue();
        call.cancel("detach", null);

        process.awaitClosed();
        assertThat(daemon.containers.get(id).state())
                .isEqualTo(io.gantry.runtime.container.ContainerState.RUNNING);
    }

    @Test
    void streamsThatBreakOffAreNotTakenForAnExit() throws Exception {
        daemon.containers.willStream(new FakeStream().says("half").breaksOff());
        String id = create(request()).getId();
        var call = engine().attach();
        call.write(open(id));
        assertThat(call.read().hasAttached()).isTrue();
        assertThat(call.read().getStdout().toStringUtf8()).isEqualTo("half");

        Status status = catchThrowableOfType(io.grpc.StatusException.class, call::read).getStatus();
        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).contains(id).endsWith("it runs on");
    }

    @Test
    void aContainerThatIsToGoGoesAfterAllWhoWaitKnow() throws Exception {
        daemon.containers.willStream(new FakeStream().exits(0));
        String id = create(request().setRemoveOnExit(true)).getId();
        var call = engine().attach();
        call.write(open(id));
        assertThat(call.read().hasAttached()).isTrue();
        daemon.containers.exit(id, 0);

        assertThat(call.read().getExit().getReason()).isEqualTo("Completed");
        while (!daemon.pods.list(PodSandboxFilter.of(null)).isEmpty()) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(daemon.pods.list(PodSandboxFilter.of(null))).isEmpty();
    }

    @Test
    void execPassesItsSurroundingsOnAndEndsWithTheExitCode() throws Exception {
        FakeStream process = new FakeStream().says("hi").exits(5);
        daemon.execs.willStream(process);
        String id = create(request().setName("web")).getId();
        var call = engine().exec();
        call.write(
                ExecRequest.newBuilder()
                        .setOpen(
                                ExecRequest.Open.newBuilder()
                                        .setId("web")
                                        .addCommand("sh")
                                        .addEnv("A=b")
                                        .setWorkingDir("/tmp")
                                        .setUser("nobody")
                                        .setPrivileged(true))
                        .build());

        assertThat(call.read().getStarted().getContainerId()).isEqualTo(id);
        assertThat(call.read().getStdout().toStringUtf8()).isEqualTo("hi");
        assertThat(call.read().getExit().getCode()).isEqualTo(5);
        assertThat(call.read()).isNull();
        assertThat(daemon.execs.requests())
                .containsExactly(
                        new io.gantry.runtime.exec.ExecRequest(
                                id,
                                List.of("sh"),
                                List.of("A=b"),
                                "/tmp",
                                "nobody",
                                true,
                                false,
                                false,
                                java.util.Optional.empty()));
    }

    @Test
    void aDetachedExecIsLeftToItself() throws Exception {
        FakeStream process = new FakeStream();
        daemon.execs.willStream(process);
        String id = create(request()).getId();
        var call = engine().exec();
        call.write(
                ExecRequest.newBuilder()
                        .setOpen(
                                ExecRequest.Open.newBuilder()
                                        .setId(id)
                                        .addCommand("server")
                                        .setDetach(true))
                        .build());

        ExecResponse first = call.read();
        assertThat(first.hasStarted()).isTrue();
        assertThat(call.read()).isNull();
        process.says("nobody reads this").exits(0);
        process.awaitClosed();
    }

    @Test
    void anExecThatEndsBeforeItsTerminalHasASizeEndsWithItsCode() throws Exception {
        daemon.execs.willStream(new FakeStream().says("hi").exits(4).hangsUp());
        ExecRequest.Builder open = openExec(create(request()).getId()).toBuilder();
        open.getOpenBuilder().setTty(true).getSizeBuilder().setRows(24).setColumns(80);
        var call = engine().exec();
        call.write(open.build());

        assertThat(call.read().hasStarted()).isTrue();
        assertThat(call.read().getStdout().toStringUtf8()).isEqualTo("hi");
        assertThat(call.read().getExit().getCode()).isEqualTo(4);
    }

    @Test
    void anExecWhoseClientIsGoneIsKilled() throws Exception {
        FakeStream process = new FakeStream().says("hi");
        daemon.execs.willStream(process);
        var call = engine().exec();
        call.write(openExec(create(request()).getId()));
        assertThat(call.read().hasStarted()).isTrue();
        assertThat(call.read().getStdout().toStringUtf8()).isEqualTo("hi");
        call.cancel("gone", null);

        process.awaitKilled();
        process.exits(137);
        process.awaitClosed();
    }

    @Test
    void anExecThatIsLeftGoesOnAndIsReadToItsEnd() throws Exception {
        FakeStream process = new FakeStream().says("hi");
        daemon.execs.willStream(process);
        var call = engine().exec();
        call.write(openExec(create(request()).getId()));
        assertThat(call.read().hasStarted()).isTrue();
        assertThat(call.read().getStdout().toStringUtf8()).isEqualTo("hi");
        call.write(
                ExecRequest.newBuilder().setLeave(ExecRequest.Leave.getDefaultInstance()).build());
        assertThat(call.read()).isNull();

        process.says("nobody reads this").exits(0);
        process.awaitClosed();
        assertThat(process.isKilled()).isFalse();
    }

    private static ExecRequest openExec(String id) {
        return ExecRequest.newBuilder()
                .setOpen(ExecRequest.Open.newBuilder().setId(id).addCommand("sh"))
                .build();
    }

    @Test
    void waitAnswersWithTheExit() {
        String id = create(request().setName("web")).getId();
        assertThat(engine.startContainer(startRequest("web"))).isNotNull();
        daemon.containers.exit(id, 9);

        assertThat(engine.wait(WaitRequest.newBuilder().setId("web").build()).getExit().getCode())
                .isEqualTo(9);
    }

    @Test
    void stopWaitsTenSecondsUnlessTold() {
        create(request().setName("web"));
        assertThat(engine.stopContainer(StopContainerRequest.newBuilder().setId("web").build()))
                .isNotNull();
        assertThat(
                        engine.stopContainer(
                                StopContainerRequest.newBuilder()
                                        .setId("web")
                                        .setTimeoutSeconds(0)
                                        .build()))
                .isNotNull();

        assertThat(daemon.containers.calls()).containsExactly("stop timeout=10", "stop timeout=0");
    }

    @Test
    void killTakesAnySpellingOfASignal() {
        create(request().setName("web"));
        for (String signal : List.of("HUP", "SIGHUP", "1", "")) {
            assertThat(
                            engine.killContainer(
                                    KillContainerRequest.newBuilder()
                                            .setId("web")
                                            .setSignal(signal)
                                            .build()))
                    .isNotNull();
        }

        assertThat(daemon.containers.calls())
                .containsExactly("kill SIGHUP", "kill SIGHUP", "kill SIGHUP", "kill SIGKILL");
    }

    @Test
    void aRunningContainerIsRemovedByForceOnly() {
        String id = create(request().setName("web")).getId();
        Path logs = Path.of(daemon.containers.get(id).logFile()).getParent();
        assertThat(engine.startContainer(startRequest("web"))).isNotNull();
        RemoveContainerRequest.Builder remove = RemoveContainerRequest.newBuilder().setId("web");

        Status status = failure(() -> engine.removeContainer(remove.build()));
        assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(status.getDescription())
                .isEqualTo("container \"web\" is running: stop it first, or force its removal");
        assertThat(engine.removeContainer(remove.setForce(true).build()).getId()).isEqualTo(id);
        assertThat(daemon.pods.list(PodSandboxFilter.of(null))).isEmpty();
        assertThat(logs).doesNotExist();
    }

    @Test
    void containersOfTheCriAreSeenButNotTouched() {
        String pod =
                daemon.pods
                        .run(
                                PodOwner.CRI,
                                PodSandboxConfig.of(new PodSandboxMetadata("p", "u", "default", 0)),
                                "",
                                NEVER)
                        .value();
        String id =
                daemon.containers
                        .create(pod, ContainerConfig.of("c", "busybox", List.of("x")), NEVER)
                        .value();

        assertThat(list(Owner.OWNER_GANTRY)).isEmpty();
        assertThat(list(Owner.OWNER_CRI)).extracting(Container::getId).containsExactly(id);
        assertThat(list(Owner.OWNER_ANY).getFirst().getPodNamespace()).isEqualTo("default");
        Status status =
                failure(
                        () ->
                                engine.removeContainer(
                                        RemoveContainerRequest.newBuilder().setId(id).build()));
        assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(status.getDescription()).contains("default/p of the CRI");
    }

    @Test
    void onlyRunningContainersAreListedUnlessAllAreWanted() {
        create(request().setName("one"));
        create(request().setName("two"));
        assertThat(engine.startContainer(startRequest("two"))).isNotNull();

        assertThat(
                        engine.listContainers(ListContainersRequest.getDefaultInstance())
                                .getContainersList())
                .extracting(Container::getName)
                .containsExactly("two");
        assertThat(list(Owner.OWNER_GANTRY))
                .extracting(Container::getName)
                .containsExactly("two", "one");
    }

    @Test
    void inspectTellsEverything() {
        create(request().setName("web").addEnv("A=b"));
        assertThat(engine.startContainer(startRequest("web"))).isNotNull();
        InspectContainerResponse response =
                engine.inspectContainer(InspectContainerRequest.newBuilder().setId("web").build());

        assertThat(response.getContainer().getState())
                .isEqualTo(ContainerState.CONTAINER_STATE_RUNNING);
        assertThat(response.getContainer().getPid()).isEqualTo(FakeContainers.PID);
        assertThat(response.getExecs(0).getPid()).isEqualTo(99);
        assertThat(response.getJson()).contains("\"container\"", "\"pod\"", "\"name\" : \"A\"");
    }

    @Test
    void logsAreTheOutputAsItWas() throws Exception {
        String id = create(request().setName("web")).getId();
        Files.writeString(
                Path.of(daemon.containers.get(id).logFile()),
                """
                2026-01-31T12:00:00.1Z stdout F one
                2026-01-31T12:00:01.1Z stderr P tw
                2026-01-31T12:00:01.2Z stderr F o
                """);

        assertThat(logs(LogsRequest.newBuilder().setId("web").build()))
                .isEqualTo("1:one\n|2:tw|2:o\n|");
        assertThat(logs(LogsRequest.newBuilder().setId("web").setTimestamps(true).build()))
                .isEqualTo(
                        "1:2026-01-31T12:00:00.100000000Z one\n"
                                + "|2:2026-01-31T12:00:01.100000000Z tw|2:o\n|");
    }

    @Test
    void infoCounts() {
        create(request());
        var info = engine.info(InfoRequest.getDefaultInstance());

        assertThat(info.getContainers()).isEqualTo(1);
        assertThat(info.getContainersRunning()).isZero();
        assertThat(info.getPods()).isEqualTo(1);
        assertThat(info.getRoot()).isEqualTo("/var/lib/gantry");
        assertThat(info.getFeatures(0).getName()).isEqualTo("seccomp");
    }

    @Test
    void anUnknownContainerIsNamed() {
        Status status = failure(() -> engine.startContainer(startRequest("nope")));

        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(status.getDescription()).isEqualTo("no container \"nope\"");
        assertThat(daemon.containers.list(ContainerFilter.of(null))).isEmpty();
    }

    private String logs(LogsRequest request) {
        StringBuilder text = new StringBuilder();
        engine.logs(request)
                .forEachRemaining(
                        (LogsResponse piece) ->
                                text.append(piece.getStreamValue())
                                        .append(':')
                                        .append(piece.getData().toStringUtf8())
                                        .append('|'));
        return text.toString();
    }

    private List<Container> list(Owner owner) {
        return engine.listContainers(
                        ListContainersRequest.newBuilder().setOwner(owner).setAll(true).build())
                .getContainersList();
    }

    private EngineGrpc.EngineBlockingV2Stub engine() {
        return EngineGrpc.newBlockingV2Stub(daemon.channel());
    }

    private CreateContainerResponse create(CreateContainerRequest.Builder request) {
        return engine.createContainer(request.build());
    }

    private static CreateContainerRequest.Builder request() {
        return CreateContainerRequest.newBuilder().setImage(InProcessDaemon.IMAGE);
    }

    private static StartContainerRequest startRequest(String id) {
        return StartContainerRequest.newBuilder().setId(id).build();
    }

    private static AttachRequest open(String id) {
        return AttachRequest.newBuilder()
                .setOpen(AttachRequest.Open.newBuilder().setId(id).setStart(true).setOutput(true))
                .build();
    }

    private static TerminalSize size(int columns, int rows) {
        return TerminalSize.newBuilder().setColumns(columns).setRows(rows).build();
    }

    private static Status failure(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
    }
}
