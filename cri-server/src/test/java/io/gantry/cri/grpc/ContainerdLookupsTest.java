package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Empty;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.proto.containerd.Container;
import io.gantry.proto.containerd.ContainersGrpc;
import io.gantry.proto.containerd.GetContainerRequest;
import io.gantry.proto.containerd.GetRequest;
import io.gantry.proto.containerd.Process;
import io.gantry.proto.containerd.TasksGrpc;
import io.gantry.proto.containerd.VersionGrpc;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.ShimProcess;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.util.List;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ContainerdLookupsTest {

    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);

    private final FakePods pods = new FakePods();
    private final FakeContainers containers = new FakeContainers(pods);
    private final ExecutorService calls = Tasks.perTask("call");
    private Server server;
    private ManagedChannel channel;
    private String pod;

    @BeforeEach
    void start() throws Exception {
        String name = InProcessServerBuilder.generateName();
        InProcessServerBuilder builder = InProcessServerBuilder.forName(name).executor(calls);
        new ContainerdLookups("1.2.3", new CriOwnership(pods, containers))
                .bind(new UnaryCalls(Clock.SYSTEM))
                .forEach(builder::addService);
        server = builder.build().start();
        channel = InProcessChannelBuilder.forName(name).build();
        pod = run(PodOwner.CRI, "p");
    }

    @AfterEach
    void stop() {
        channel.shutdownNow();
        server.shutdownNow();
        calls.shutdownNow();
    }

    private String run(PodOwner owner, String name) {
        return pods.run(
                        owner,
                        PodSandboxConfig.of(new PodSandboxMetadata(name, "u", "n", 0)),
                        "",
                        NEVER)
                .value();
    }

    private String create(String sandbox) {
        ContainerConfig config = ContainerConfig.of("c", "busybox", List.of("sh"));
        return containers.create(sandbox, config, NEVER).value();
    }

    private Container container(String id) {
        return ContainersGrpc.newBlockingStub(channel)
                .get(GetContainerRequest.newBuilder().setId(id).build())
                .getContainer();
    }

    private Process process(String id) {
        return TasksGrpc.newBlockingStub(channel)
                .get(GetRequest.newBuilder().setContainerId(id).build())
                .getProcess();
    }

    private static void assertNotFound(Runnable call) {
        assertThat(
                        catchThrowableOfType(StatusRuntimeException.class, call::run)
                                .getStatus()
                                .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void whoAsksForTheVersionIsToldGantrys() {
        assertThat(
                        VersionGrpc.newBlockingStub(channel)
                                .version(Empty.getDefaultInstance())
                                .getVersion())
                .isEqualTo("1.2.3");
    }

    @Test
    void containersAndSandboxesAreToldApartByALabel() {
        String id = create(pod);
        assertThat(container(id).getLabelsMap())
                .containsEntry("io.cri-containerd.kind", "container");
        assertThat(container(id).getImage()).isEqualTo("busybox");
        assertThat(container(id).getSandbox()).isEqualTo(pod);
        assertThat(container(pod).getLabelsMap())
                .containsEntry("io.cri-containerd.kind", "sandbox");
        assertThat(container(pod).getImage()).isEmpty();
        assertThat(container(pod).getCreatedAt().getSeconds())
                .isEqualTo(FakePods.CREATED.getEpochSecond());
    }

    @Test
    void aContainerHasAProcessFromItsStartOn() {
        String id = create(pod);
        assertNotFound(() -> process(id));
        containers.start(id, NEVER);
        assertThat(process(id).getPid()).isEqualTo(FakeContainers.PID);
        assertThat(process(id).getStatus()).isEqualTo(io.gantry.proto.containerd.Status.RUNNING);
        containers.exit(id, 3);
        assertThat(process(id).getPid()).isZero();
        assertThat(process(id).getExitStatus()).isEqualTo(3);
        assertThat(process(id).getStatus()).isEqualTo(io.gantry.proto.containerd.Status.STOPPED);
    }

    @Test
    void aSandboxIsKnownWhileItIsMadeForItsControlGroupIsThereByThen() {
        PodSandboxStatus creating = PodSandboxStatus.creating();
        pods.is(pod, creating);
        assertThat(container(pod).getId()).isEqualTo(pod);
        assertNotFound(() -> process(pod));
        pods.is(pod, creating.launched(new ShimProcess(17, 1)));
        assertThat(process(pod).getPid()).isEqualTo(17);
    }

    @Test
    void aStoppedSandboxHasNoProcessAnyMore() {
        pods.stop(pod, NEVER);
        assertThat(process(pod).getPid()).isZero();
        assertThat(process(pod).getStatus()).isEqualTo(io.gantry.proto.containerd.Status.STOPPED);
    }

    @Test
    void onlyWholeIdsOfPodsOfTheCriAreKnown() {
        String id = create(pod);
        String own = run(PodOwner.GANTRY, "own");
        assertNotFound(() -> container(id.substring(0, 63)));
        assertNotFound(() -> container(pod.substring(0, 12)));
        assertNotFound(() -> container(own));
        assertNotFound(() -> container(create(own)));
        assertNotFound(() -> process("f".repeat(64)));
        assertThat(
                        catchThrowableOfType(StatusRuntimeException.class, () -> container(""))
                                .getStatus()
                                .getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void noVariablesOfAContainerAreTold() {
        assertThat(container(create(pod)).getSpec().getValue().toStringUtf8())
                .isEqualTo("{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\"}}");
    }
}
