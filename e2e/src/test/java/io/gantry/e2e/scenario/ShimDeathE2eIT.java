package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.GatePlugin;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.RemoveContainerRequest;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.RuntimeServiceGrpc.RuntimeServiceFutureStub;
import io.gantry.proto.cri.StartContainerRequest;
import io.gantry.proto.cri.StopContainerRequest;
import io.gantry.proto.cri.StopPodSandboxRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** kill -9 of a pod's shim in the midst of each verb: a clear answer, and nothing that stays. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "nothing of it is the kernel's")
class ShimDeathE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static GatePlugin plugin;

    @BeforeAll
    static void usePlugin() throws IOException {
        NODE.daemon().removeEverything();
        NODE.daemon().stop();
        plugin = GatePlugin.install(NODE.home(), NODE.daemon());
        NODE.daemon().start();
        // The directory of what plugins answered stays once it is there.
        NODE.cri().removePod(NODE.cri().runPod(NODE.pod("warm-up").build()));
    }

    @AfterEach
    void noAddressIsHeld() throws IOException {
        plugin.letGo();
        NODE.daemon().removeEverything();
        assertThat(plugin.held()).isEmpty();
    }

    private static RuntimeServiceFutureStub later() {
        return RuntimeServiceGrpc.newFutureStub(NODE.cri().channel());
    }

    /** Of the only pod there is. */
    private static void killShim() {
        List<String> shims = NODE.daemon().shims();
        assertThat(shims).as("shims").hasSize(1);
        Command.of("kill", "-9", shims.getFirst()).run().orThrow();
    }

    private static Throwable failure(Future<?> call) {
        Throwable thrown = catchThrowable(call::get);
        return thrown == null ? null : thrown.getCause();
    }

    private static void assertLost(String container) {
        Await.until(
                "container " + container + " known as lost",
                Await.seconds(60),
                () -> NODE.cri().status(container).getState() == ContainerState.CONTAINER_EXITED);
        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getExitCode()).isEqualTo(255);
        assertThat(status.getReason()).isEqualTo("Unknown");
        assertThat(status.getMessage()).isEqualTo("shim lost");
        assertThat(NODE.cri().pods())
                .allSatisfy(
                        pod ->
                                assertThat(pod.getState())
                                        .isEqualTo(PodSandboxState.SANDBOX_NOTREADY));
    }

    @Test
    void amidRunPodSandboxThePodIsNotThereAndTheNextRequestSucceeds() throws IOException {
        PodSandboxConfig pod = NODE.pod("run").build();
        plugin.hold("ADD");
        Future<?> call =
                later().runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build());
        plugin.awaitAt("ADD");
        killShim();
        plugin.letGo();
        Failures.is(failure(call), Status.Code.UNAVAILABLE, "shim");
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(plugin.held()).isEmpty();
        assertThat(NODE.cri().runPod(pod)).isNotEmpty();
    }

    @Test
    void amidStartContainerTheCallSaysSoAndANewPodTakesItsPlace() throws Exception {
        PodSandboxConfig pod = NODE.pod("start").build();
        ContainerConfig config = Requests.script("c", NODE.image(), "sleep 1000").build();
        String sandbox = NODE.cri().runPod(pod);
        String container = NODE.cri().create(sandbox, pod, config);
        // So that the start is under way until then.
        Command.of("kill", "-STOP", NODE.daemon().shims().getFirst()).run().orThrow();
        Future<?> call =
                later().startContainer(
                                StartContainerRequest.newBuilder()
                                        .setContainerId(container)
                                        .build());
        NODE.daemon().awaitRequestAtShim();
        killShim();
        Failures.is(failure(call), Status.Code.UNAVAILABLE, "shim");
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_EXITED);
        NODE.cri().removePod(sandbox);

        String again = NODE.run(pod, config);
        assertThat(NODE.cri().shell(again, "echo here")).isEqualTo("here\n");
    }

    @Test
    void amidStopContainerTheContainerHasEnded() throws Exception {
        Path gate = Files.createDirectories(NODE.home().resolve("stop"));
        String container =
                NODE.run(
                        NODE.pod("stop").build(),
                        Requests.script(
                                        "c",
                                        NODE.image(),
                                        "trap ': > /gate/asked' TERM; : > /gate/ready;"
                                                + " while :; do sleep 0.1; done")
                                .addMounts(Requests.bind(gate, "/gate"))
                                .build());
        Await.until("the trap", Await.seconds(60), () -> Files.exists(gate.resolve("ready")));
        Future<?> call =
                later().stopContainer(
                                StopContainerRequest.newBuilder()
                                        .setContainerId(container)
                                        .setTimeout(3600)
                                        .build());
        Await.until("the signal", Await.seconds(60), () -> Files.exists(gate.resolve("asked")));
        killShim();
        call.get();
        assertLost(container);
    }

    @Test
    void amidExecSyncTheCallSaysSo() throws IOException {
        Path gate = Files.createDirectories(NODE.home().resolve("exec"));
        String container =
                NODE.run(
                        NODE.pod("exec").build(),
                        Requests.script("c", NODE.image(), "sleep 1000")
                                .addMounts(Requests.bind(gate, "/gate"))
                                .build());
        Future<?> call =
                later().execSync(
                                ExecSyncRequest.newBuilder()
                                        .setContainerId(container)
                                        .addCmd("/bin/sh")
                                        .addCmd("-c")
                                        .addCmd(": > /gate/runs; sleep 1000")
                                        .build());
        Await.until("the command", Await.seconds(60), () -> Files.exists(gate.resolve("runs")));
        killShim();
        Failures.is(failure(call), Status.Code.UNAVAILABLE, "shim");
        assertLost(container);
    }

    @Test
    void amidStopPodSandboxThePodIsStopped() throws Exception {
        String container = NODE.idle("down");
        String pod = NODE.cri().pods().getFirst().getId();
        plugin.hold("DEL");
        Future<?> call =
                later().stopPodSandbox(
                                StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        plugin.awaitAt("DEL");
        killShim();
        plugin.letGo();
        call.get();
        assertThat(plugin.held()).isEmpty();
        assertThat(NODE.cri().podStatus(pod).getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_EXITED);
    }

    @Test
    void amidRemovePodSandboxThePodIsGone() throws Exception {
        NODE.idle("away");
        String pod = NODE.cri().pods().getFirst().getId();
        plugin.hold("DEL");
        Future<?> call =
                later().removePodSandbox(
                                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        plugin.awaitAt("DEL");
        killShim();
        plugin.letGo();
        call.get();
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(NODE.cri().containers()).isEmpty();
        assertThat(plugin.held()).isEmpty();
    }

    @Test
    void amidRemoveContainerTheContainerIsGone() throws Exception {
        String container = NODE.idle("killed");
        // So that the removal is under way until then.
        Command.of("kill", "-STOP", NODE.daemon().shims().getFirst()).run().orThrow();
        Future<?> call =
                later().removeContainer(
                                RemoveContainerRequest.newBuilder()
                                        .setContainerId(container)
                                        .build());
        NODE.daemon().awaitRequestAtShim();
        killShim();
        call.get();
        assertThat(NODE.cri().containers()).isEmpty();
    }

    @Test
    void beforeCreateContainerThePodIsNamedAsNotReady() {
        PodSandboxConfig pod = NODE.pod("create").build();
        String sandbox = NODE.cri().runPod(pod);
        killShim();
        Await.until(
                "a pod that is not ready",
                Await.seconds(60),
                () -> NODE.cri().podStatus(sandbox).getState() == PodSandboxState.SANDBOX_NOTREADY);
        ContainerConfig config = Requests.container("c", NODE.image()).build();
        Failures.is(
                catchThrowable(() -> NODE.cri().create(sandbox, pod, config)),
                Status.Code.FAILED_PRECONDITION,
                sandbox);
        assertThat(NODE.cri().containers()).isEmpty();
    }
}
