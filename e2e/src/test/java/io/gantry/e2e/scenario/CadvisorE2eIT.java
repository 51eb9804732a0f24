package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.Empty;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.containerd.Container;
import io.gantry.proto.containerd.ContainersGrpc;
import io.gantry.proto.containerd.GetContainerRequest;
import io.gantry.proto.containerd.GetRequest;
import io.gantry.proto.containerd.Process;
import io.gantry.proto.containerd.TasksGrpc;
import io.gantry.proto.containerd.VersionGrpc;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.VersionRequest;
import io.gantry.proto.engine.CreateContainerRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The second socket, where a cAdvisor finds what it believes to be a containerd. */
class CadvisorE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static Path socket;
    private Cri lookups;

    @BeforeAll
    static void configure() throws IOException {
        socket = NODE.home().resolve("other/c.sock");
        assertThat(socket).doesNotExist();
        NODE.daemon().stop();
        Files.writeString(
                NODE.daemon().config(),
                "[cadvisor]\nsocket = \"" + socket + "\"\n",
                StandardOpenOption.APPEND);
        NODE.daemon().start();
        NODE.cri().awaitExit(NODE.run("first", "exit 0"));
        NODE.daemon().removeEverything();
    }

    @BeforeEach
    void connect() {
        lookups = new Cri(socket);
    }

    @AfterEach
    void disconnect() {
        lookups.close();
    }

    private String version() {
        return VersionGrpc.newBlockingStub(lookups.channel())
                .version(Empty.getDefaultInstance())
                .getVersion();
    }

    private Container container(String id) {
        return ContainersGrpc.newBlockingStub(lookups.channel())
                .get(GetContainerRequest.newBuilder().setId(id).build())
                .getContainer();
    }

    private Process process(String id) {
        return TasksGrpc.newBlockingStub(lookups.channel())
                .get(GetRequest.newBuilder().setContainerId(id).build())
                .getProcess();
    }

    private void assertUnknown(String id) {
        Failures.is(catchThrowable(() -> container(id)), Status.Code.NOT_FOUND, id);
    }

    @Test
    void aPodAndItsContainerAreNamedByTheControlGroupsOfTheirProcesses() {
        PodSandboxConfig pod =
                NODE.pod("labelled").putLabels("io.kubernetes.pod.name", "labelled").build();
        ContainerConfig config =
                Requests.script("c", NODE.image(), "sleep 1000")
                        .putLabels("io.kubernetes.container.name", "c")
                        .build();
        String sandbox = NODE.cri().runPod(pod);
        String id = NODE.cri().create(sandbox, pod, config);
        Failures.is(catchThrowable(() -> process(id)), Status.Code.NOT_FOUND, id);
        NODE.cri().start(id);

        assertThat(container(sandbox).getLabelsMap())
                .containsEntry("io.kubernetes.pod.name", "labelled")
                .containsEntry("io.cri-containerd.kind", "sandbox");
        assertThat(container(id).getLabelsMap())
                .containsEntry("io.kubernetes.container.name", "c")
                .containsEntry("io.cri-containerd.kind", "container");
        assertThat(container(id).getImage()).isEqualTo(NODE.image());
        for (String each : List.of(sandbox, id)) {
            int pid = process(each).getPid();
            assertThat(Texts.read(Path.of("/proc", Integer.toString(pid), "cgroup")))
                    .as("groups of %d", pid)
                    .contains("/" + each + "\n");
        }
    }

    @Test
    void whatIsNoneOfTheKubeletsIsUnknown() {
        CreateContainerRequest own =
                CreateContainerRequest.newBuilder().setImage(NODE.image()).build();
        assertUnknown(NODE.cri().engine().createContainer(own).getId());
        assertUnknown("f".repeat(64));
        String gone = NODE.idle("gone");
        String sandbox = container(gone).getSandbox();
        NODE.cri().removePod(sandbox);
        assertUnknown(gone);
        assertUnknown(sandbox);
    }

    @Test
    void nothingElseIsServedThereAndNobodyElseMayAsk() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        Failures.is(
                catchThrowable(
                        () ->
                                RuntimeServiceGrpc.newBlockingStub(lookups.channel())
                                        .version(VersionRequest.getDefaultInstance())),
                Status.Code.UNIMPLEMENTED,
                "runtime.v1.RuntimeService");
    }

    @Test
    void aRestartedDaemonAnswersTheSameAgain() {
        String id = NODE.idle("kept");
        Container before = container(id);
        int pid = process(id).getPid();
        NODE.daemon().stop();
        assertThat(socket).doesNotExist();
        NODE.daemon().start();
        disconnect();
        connect();
        assertThat(version()).isNotEmpty();
        assertThat(container(id)).isEqualTo(before);
        assertThat(process(id).getPid()).isEqualTo(pid);
    }
}
