package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.GatePlugin;
import io.gantry.e2e.harness.GatedRegistry;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PullImageRequest;
import io.gantry.proto.cri.RemoveContainerRequest;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.RuntimeServiceGrpc.RuntimeServiceFutureStub;
import io.gantry.proto.cri.StartContainerRequest;
import io.gantry.proto.cri.StopContainerRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * kill -9 of the daemon at a step of a verb that stands still there. FaultsE2eIT has the plugins of
 * a network, OciHandlersE2eIT the calls of a runtime, FrozenDiskE2eIT the writes of a creation.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "its deaths and waits take minutes there; nothing of it is the kernel's")
class KillMatrixE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static GatePlugin plugin;

    @BeforeAll
    static void usePlugin() throws IOException {
        NODE.daemon().removeEverything();
        NODE.daemon().stop();
        plugin = GatePlugin.install(NODE.home(), NODE.daemon());
        NODE.daemon().start();
        NODE.cri().removePod(NODE.cri().runPod(NODE.pod("warm-up").build()));
    }

    @AfterEach
    void noAddressIsHeld() throws IOException {
        plugin.letGo();
        if (!NODE.daemon().isAlive()) {
            NODE.daemon().start();
        }
        NODE.daemon().removeEverything();
        assertThat(plugin.held()).isEmpty();
    }

    private static RuntimeServiceFutureStub later() {
        return RuntimeServiceGrpc.newFutureStub(NODE.cri().channel());
    }

    private static void killDaemon(Future<?> call) {
        NODE.daemon().kill();
        assertThat(catchThrowable(call::get)).isNotNull();
    }

    private static ContainerConfig container(Path gate, String script) {
        return Requests.script("c", NODE.image(), script)
                .addMounts(Requests.bind(gate, "/gate"))
                .build();
    }

    private static void await(Path file) {
        Await.until(file + " is there", Await.seconds(60), () -> Files.exists(file));
    }

    @Test
    void amidTheGraceOfAStopAndACommandTheContainerRunsOnAndTheNextStopEndsIt() throws IOException {
        Path gate = Files.createDirectories(NODE.home().resolve("grace"));
        String id =
                NODE.run(
                        NODE.pod("grace").build(),
                        container(
                                gate,
                                "trap ': > /gate/asked' TERM; : > /gate/ready;"
                                        + " while :; do sleep 0.1; done"));
        await(gate.resolve("ready"));
        Future<?> command =
                later().execSync(
                                ExecSyncRequest.newBuilder()
                                        .setContainerId(id)
                                        .addCmd("/bin/sh")
                                        .addCmd("-c")
                                        .addCmd(": > /gate/runs; sleep 1000")
                                        .build());
        await(gate.resolve("runs"));
        Future<?> stop =
                later().stopContainer(
                                StopContainerRequest.newBuilder()
                                        .setContainerId(id)
                                        .setTimeout(3600)
                                        .build());
        await(gate.resolve("asked"));
        killDaemon(stop);
        assertThat(catchThrowable(command::get)).isNotNull();
        NODE.daemon().start();

        assertThat(NODE.cri().status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(NODE.cri().shell(id, "echo here")).isEqualTo("here\n");
        NODE.cri().stop(id, 0);
        assertThat(NODE.cri().status(id).getExitCode()).isEqualTo(128 + 9);
    }

    @Test
    void amidAStartTheContainerRunsOrCanBeStarted() throws Exception {
        PodSandboxConfig pod = NODE.pod("start").build();
        String sandbox = NODE.cri().runPod(pod);
        ContainerConfig config = Requests.script("c", NODE.image(), "sleep 1000").build();
        String id = NODE.cri().create(sandbox, pod, config);
        String shim = NODE.daemon().shims().getFirst();
        // So that the start is under way until then.
        Command.of("kill", "-STOP", shim).run().orThrow();
        Future<?> start =
                later().startContainer(
                                StartContainerRequest.newBuilder().setContainerId(id).build());
        NODE.daemon().awaitRequestAtShim();
        killDaemon(start);
        Command.of("kill", "-CONT", shim).run().orThrow();
        NODE.daemon().start();

        if (NODE.cri().status(id).getState() == ContainerState.CONTAINER_CREATED) {
            NODE.cri().start(id);
        }
        assertThat(NODE.cri().status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(NODE.cri().shell(id, "echo here")).isEqualTo("here\n");
    }

    @Test
    void amidTheRemovalOfAContainerTheNextRemovalSucceeds() throws Exception {
        String id = NODE.idle("killed");
        String shim = NODE.daemon().shims().getFirst();
        // So that the removal is under way until then.
        Command.of("kill", "-STOP", shim).run().orThrow();
        Future<?> removal =
                later().removeContainer(
                                RemoveContainerRequest.newBuilder().setContainerId(id).build());
        NODE.daemon().awaitRequestAtShim();
        killDaemon(removal);
        Command.of("kill", "-CONT", shim).run().orThrow();
        NODE.daemon().start();

        NODE.cri().remove(id);
        assertThat(NODE.cri().containers()).isEmpty();
    }

    @Test
    void amidTheRemovalOfAPodTheNextRemovalGivesItsAddressBack() throws IOException {
        NODE.idle("removed");
        String pod = NODE.cri().pods().getFirst().getId();
        plugin.hold("DEL");
        Future<?> removal =
                later().removePodSandbox(
                                RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
        plugin.awaitAt("DEL");
        killDaemon(removal);
        plugin.letGo();
        plugin.awaitDone("DEL");
        NODE.daemon().start();

        NODE.cri().removePod(pod);
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(NODE.cri().containers()).isEmpty();
        assertThat(plugin.held()).isEmpty();
    }

    @Test
    void amidAPullTheNextOneSucceeds() throws Exception {
        try (GatedRegistry registry = new GatedRegistry(NODE.bed().registry())) {
            String reference = registry.reference("e2e/busybox:1");
            NODE.cri().removeImage(NODE.image());
            Future<?> pull =
                    ImageServiceGrpc.newFutureStub(NODE.cri().channel())
                            .pullImage(
                                    PullImageRequest.newBuilder()
                                            .setImage(Cri.image(reference))
                                            .build());
            registry.awaitHalfABlob();
            killDaemon(pull);
            NODE.daemon().start();
            registry.open();

            assertThat(NODE.cri().imageStatus(reference)).isEmpty();
            NODE.cri().pull(reference);
            assertThat(NODE.cri().imageStatus(reference)).isPresent();
            NODE.cri().removeImage(reference);
            NODE.cri().pull(NODE.image());
        }
    }

    @Test
    void aRegistryThatGoesAwayAmidAPullIsToldOfAndTheNextPullSucceedsWhenItIsBack() {
        int port;
        String reference;
        NODE.cri().removeImage(NODE.image());
        try (GatedRegistry registry = new GatedRegistry(NODE.bed().registry())) {
            port = registry.port();
            reference = registry.reference("e2e/busybox:1");
            Future<?> pull =
                    ImageServiceGrpc.newFutureStub(NODE.cri().channel())
                            .pullImage(
                                    PullImageRequest.newBuilder()
                                            .setImage(Cri.image(reference))
                                            .build());
            registry.awaitHalfABlob();
            registry.cut();
            Failures.is(
                    catchThrowable(pull::get).getCause(),
                    Status.Code.UNKNOWN,
                    "RegistryUnavailable: ");
        }
        assertThat(NODE.cri().imageStatus(reference)).isEmpty();
        try (GatedRegistry back = new GatedRegistry(NODE.bed().registry(), port)) {
            back.open();
            NODE.cri().pull(reference);
            NODE.cri().removeImage(reference);
        }
        NODE.cri().pull(NODE.image());
    }
}
