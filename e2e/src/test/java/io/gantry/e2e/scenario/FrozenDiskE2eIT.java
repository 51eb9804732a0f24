package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.GantryDaemon;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.HostState;
import io.gantry.e2e.harness.LoopDisk;
import io.gantry.e2e.harness.NetworkNamespace;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.CreateContainerResponse;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StopContainerRequest;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A daemon on a disk that stands still in the midst of what it does: what it began it ends, and
 * what cannot end is told by its name.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "it waits for what does not come, five times as long there")
class FrozenDiskE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();

    private Path home;
    private GantryDaemon daemon;
    private LoopDisk disk;
    private HostState before;

    @BeforeEach
    void start() {
        home = NODE.bed().newHome();
        daemon =
                new GantryDaemon(
                        home, new GantryDaemon.Setup(NODE.bed().registry(), NetworkNamespace.HOST));
        disk = new LoopDisk(home.resolve("disk"), daemon.root());
        daemon.start();
        cri().pull(NODE.image());
        String first = cri().runPod(pod("first"));
        cri().create(first, pod("first"), script("true"));
        cri().removePod(first);
        before = HostState.of(daemon);
    }

    @AfterEach
    void end() {
        disk.thaw();
        if (!daemon.isAlive()) {
            daemon.start();
        }
        daemon.removeEverything();
        HostLeakExtension.check(daemon, before, -1);
        daemon.close();
        disk.close();
        NODE.bed().discard(home);
    }

    private Cri cri() {
        return daemon.cri();
    }

    private PodSandboxConfig pod(String name) {
        return Requests.pod(name, home.resolve("logs")).build();
    }

    private static ContainerConfig script(String script) {
        return Requests.script("c", NODE.image(), script).build();
    }

    private CreateContainerRequest request(String sandbox, String name) {
        return CreateContainerRequest.newBuilder()
                .setPodSandboxId(sandbox)
                .setConfig(script("sleep 1000"))
                .setSandboxConfig(pod(name))
                .build();
    }

    @Test
    void aContainerThatTookLongerThanItsClientWaitedIsThereForTheSameRequest() throws Exception {
        String sandbox = cri().runPod(pod("slow"));
        disk.freeze();
        Throwable late =
                catchThrowable(
                        () ->
                                RuntimeServiceGrpc.newBlockingStub(cri().channel())
                                        .withDeadlineAfter(Await.seconds(1))
                                        .createContainer(request(sandbox, "slow")));
        assertThat(Status.fromThrowable(late).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        Future<CreateContainerResponse> again =
                RuntimeServiceGrpc.newFutureStub(cri().channel())
                        .createContainer(request(sandbox, "slow"));
        disk.thaw();

        String id = again.get().getContainerId();
        assertThat(cri().containers())
                .singleElement()
                .satisfies(only -> assertThat(only.getId()).isEqualTo(id));
        assertThat(cri().create(sandbox, pod("slow"), script("sleep 1000"))).isEqualTo(id);
        cri().start(id);
        assertThat(cri().status(id).getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Test
    void aDaemonThatDiesWhileItMakesAContainerStrandsNoName() {
        String sandbox = cri().runPod(pod("dies"));
        long calls = Texts.read(daemon.log()).lines().count();
        disk.freeze();
        Future<CreateContainerResponse> lost =
                RuntimeServiceGrpc.newFutureStub(cri().channel())
                        .createContainer(request(sandbox, "dies"));
        Await.until(
                "the call at the daemon",
                Await.seconds(60),
                () ->
                        Texts.read(daemon.log())
                                .lines()
                                .skip(calls)
                                .anyMatch(line -> line.contains("CreateContainer")));
        // It ends once the disk lets go of it.
        Command.of("kill", "-9", Long.toString(daemon.pid())).run().orThrow();
        disk.thaw();
        daemon.kill();
        assertThat(catchThrowable(lost::get)).isInstanceOf(ExecutionException.class);
        daemon.start();

        assertThat(cri().containers()).isEmpty();
        String id = cri().create(sandbox, pod("dies"), script("sleep 1000"));
        cri().start(id);
        assertThat(cri().shell(id, "echo here")).isEqualTo("here\n");
    }

    @Test
    void whatTheKernelDoesNotLetGoOfIsNamedAndEndsWhenItDoes() throws Exception {
        String sandbox = cri().runPod(pod("stuck"));
        String id = cri().create(sandbox, pod("stuck"), script("while :; do echo x > /f; done"));
        cri().start(id);
        disk.freeze();
        Future<?> patient =
                RuntimeServiceGrpc.newFutureStub(cri().channel())
                        .stopContainer(
                                StopContainerRequest.newBuilder()
                                        .setContainerId(id)
                                        .setTimeout(3600)
                                        .build());
        Failures.is(
                catchThrowable(() -> cri().stop(id, 0)),
                Status.Code.UNAVAILABLE,
                "container " + id + " does not die: process ",
                " (sh) is in uninterruptible sleep");
        assertThat(patient.isDone()).isFalse();
        disk.thaw();

        cri().stop(id, 0);
        // The one that had an hour is over as well: the later one had less patience.
        patient.get();
        assertThat(cri().status(id).getExitCode()).isEqualTo(128 + 9);
    }
}
