package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.HostState;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.PodSandboxConfig;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StartFailureE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @Test
    void anUnreadableExecutableIsNamed() {
        failsToStart(
                "unexecutable",
                command("/opt/unexecutable"),
                "execute /opt/unexecutable",
                "permission denied");
    }

    @Test
    void aFileThatIsNoProgramIsNamed() {
        failsToStart(
                "garbage", command("/opt/garbage"), "execute /opt/garbage", "exec format error");
    }

    @Test
    void aMissingProgramIsNamedWithThePathThatWasSearched() {
        failsToStart(
                "missing",
                command("no-such-program"),
                "execute no-such-program",
                "not found in $PATH");
    }

    @Test
    void aMissingAbsoluteProgramIsNamed() {
        failsToStart(
                "absolute",
                command("/no/such/program"),
                "execute /no/such/program",
                "no such file or directory");
    }

    @Test
    void aBadWorkingDirectoryIsNamed() {
        failsToStart(
                "cwd",
                command("/bin/true").setWorkingDir("/etc/passwd"),
                "working directory /etc/passwd",
                "not a directory");
    }

    /** One that the runtime left open would lead to the host's files (CVE-2024-21626). */
    @Test
    void aDescriptorIsNoWorkingDirectory() {
        for (int descriptor : List.of(3, 4, 5, 7)) {
            String path = "/proc/self/fd/" + descriptor;
            failsToStart(
                    "descriptor-" + descriptor,
                    command("/bin/true").setWorkingDir(path),
                    "working directory " + path);
        }
    }

    @Test
    void aMountSourceThatCannotBeMadeIsNamed() throws IOException {
        Path missing = Files.createTempFile(NODE.home(), "file", "").resolve("no-such-source");
        PodSandboxConfig pod = NODE.pod("mount").build();
        String sandbox = NODE.cri().runPod(pod);
        ContainerConfig config =
                command("/bin/true").addMounts(Requests.bind(missing, "/mnt")).build();
        assertThatThrownBy(() -> NODE.cri().create(sandbox, pod, config))
                .satisfies(
                        e ->
                                Failures.is(
                                        e,
                                        Status.Code.FAILED_PRECONDITION,
                                        "host_path " + missing,
                                        "cannot be made as a directory"));
        assertThat(NODE.cri().containers()).isEmpty();
    }

    @Test
    void aStartThatHasTooMuchToSayIsToldSoAndKeepsNobodyWaiting() {
        ContainerConfig.Builder config = command("/bin/true");
        for (int i = 0; i < 30; i++) {
            config.getLinuxBuilder()
                    .getSecurityContextBuilder()
                    .addMaskedPaths("/proc/" + i + "x".repeat(70_000));
        }
        failsToStart("too-much", config, "too much to start at once", "bytes of text, at most");
    }

    @Test
    void aLimitThatTheKernelDoesNotTakeIsNamed() {
        ContainerConfig.Builder config = command("/bin/true");
        config.getLinuxBuilder().getResourcesBuilder().setCpuQuota(1).setCpuPeriod(100_000);
        failsToStart("limit", config, "linux.cpu_quota", " refused for container ");
    }

    /** The call fails and says why, the container says the same, and nothing but that is left. */
    private static void failsToStart(String name, ContainerConfig.Builder config, String... words) {
        PodSandboxConfig pod = NODE.pod(name).build();
        String sandbox = NODE.cri().runPod(pod);
        HostState before = HostState.of(NODE.daemon());
        String container = NODE.cri().create(sandbox, pod, config.build());
        Throwable failure = catchThrowable(() -> NODE.cri().start(container));
        assertThat(failure).isNotNull();
        Status status = Status.fromThrowable(failure);
        assertThat(status.getDescription()).contains(words);

        ContainerStatus after = NODE.cri().status(container);
        assertThat(after.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(after.getReason()).isEqualTo("StartError");
        assertThat(after.getExitCode()).isEqualTo(128);
        assertThat(after.getMessage()).contains(words).hasLineCount(1);
        assertThat(after.getFinishedAt()).isPositive();

        NODE.cri().remove(container);
        HostLeakExtension.check(NODE.daemon(), before, NODE.daemon().pid());
        assertThat(NODE.cri().containers()).isEmpty();
    }

    private static ContainerConfig.Builder command(String program) {
        return Requests.container("c", NODE.image()).addAllCommand(List.of(program));
    }
}
