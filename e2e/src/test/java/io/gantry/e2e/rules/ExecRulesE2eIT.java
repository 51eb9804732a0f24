package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.AttachRequest;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ExecRequest;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.PortForwardRequest;
import io.grpc.Status;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** ExecSync, and what Exec, Attach and PortForward answer; StreamingE2eIT has the streams. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class ExecRulesE2eIT {

    private static final String UNKNOWN = "fedcba9876543210".repeat(4);

    @Rule
    void aCommandHasItsOutputErrorsAndExitCode(Subject node) {
        String container = node.runIdle("exec");
        ExecSyncResponse done =
                node.cri().exec(container, "sh", "-c", "echo out; echo err >&2; exit 7");
        assertThat(done.getStdout().toStringUtf8()).isEqualTo("out\n");
        assertThat(done.getStderr().toStringUtf8()).isEqualTo("err\n");
        assertThat(done.getExitCode()).isEqualTo(7);
    }

    @Rule
    void aCommandOutOfTimeIsKilledWithWhatItStartedAndTheContainerGoesOn(Subject node) {
        String container = node.runIdle("timeout");
        ExecSyncRequest command =
                ExecSyncRequest.newBuilder()
                        .setContainerId(container)
                        .addCmd("sleep")
                        .addCmd("4321")
                        .setTimeout(1)
                        .build();
        // Debian's containerd kills the command, and then sometimes does not answer at all.
        Duration patience = Await.seconds(node.isGantry() ? 60 : 5);
        node.refuses(
                Status.Code.DEADLINE_EXCEEDED,
                () -> node.cri().runtime().withDeadlineAfter(patience).execSync(command));
        assertThat(node.cri().shell(container, "pgrep -f 'sleep [4]321' || echo none"))
                .isEqualTo("none\n");
        assertThat(node.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Rule
    void aContainerThatDoesNotRunExecutesNothing(Subject node) {
        String container = node.runIdle("ended");
        node.cri().stop(container, 0);
        node.refuses(
                Status.Code.FAILED_PRECONDITION,
                () -> node.cri().exec(container, "true"),
                container);
        node.refuses(Status.Code.NOT_FOUND, () -> node.cri().exec(UNKNOWN, "true"), UNKNOWN);
    }

    @Rule
    void aCommandThatIsMissingOrNotToldIsRefused(Subject node) {
        String container = node.runIdle("missing");
        node.refuses(
                Status.Code.UNKNOWN,
                () -> node.cri().exec(container, "/no/such/program"),
                "/no/such/program");
        node.refuses(Status.Code.INVALID_ARGUMENT, () -> node.cri().exec(container), "cmd");
    }

    @Rule(notContainerd = "it takes that for no limit")
    void aTimeBelowZeroIsRefused(Subject node) {
        String container = node.runIdle("below-zero");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().exec(container, -1, "true"),
                "timeout");
    }

    @Rule(notContainerd = "its answer is larger than it can send")
    void outputBeyondSixteenMebibytesIsDroppedAndTheCommandEndsAsItWould(Subject node) {
        String container = node.runIdle("much");
        ExecSyncResponse done =
                node.cri()
                        .runtime()
                        .execSync(
                                ExecSyncRequest.newBuilder()
                                        .setContainerId(container)
                                        .addCmd("sh")
                                        .addCmd("-c")
                                        .addCmd("head -c 20000000 /dev/zero; exit 3")
                                        .build());
        assertThat(done.getStdout().size()).isEqualTo(16 << 20);
        assertThat(done.getExitCode()).isEqualTo(3);
    }

    @Rule
    void aCommandHasTheVariablesUserAndDirectoryOfItsContainer(Subject node) {
        var config = node.idle("c").setWorkingDir("/tmp");
        config.addEnvsBuilder().setKey("MINE").setValue(ByteString.copyFromUtf8("yes"));
        config.getLinuxBuilder().getSecurityContextBuilder().getRunAsUserBuilder().setValue(1000);
        String container = node.run("same", config);
        assertThat(node.cri().shell(container, "echo $MINE; id -u; pwd"))
                .isEqualTo("yes\n1000\n/tmp\n");
    }

    private static ExecRequest.Builder exec(String container) {
        return ExecRequest.newBuilder().setContainerId(container).addCmd("true").setStdout(true);
    }

    private static AttachRequest.Builder attach(String container) {
        return AttachRequest.newBuilder().setContainerId(container).setStdout(true);
    }

    @Rule
    void execAttachAndPortForwardAnswerWithAnAddressOfTheirOwn(Subject node) {
        String container = node.runIdle("urls");
        String pod = node.cri().pods().getFirst().getId();
        String exec = node.cri().runtime().exec(exec(container).build()).getUrl();
        String attach = node.cri().runtime().attach(attach(container).build()).getUrl();
        String forward =
                node.cri()
                        .runtime()
                        .portForward(
                                PortForwardRequest.newBuilder()
                                        .setPodSandboxId(pod)
                                        .addPort(80)
                                        .build())
                        .getUrl();
        assertThat(URI.create(exec).getPath()).matches("/exec/[\\w-]{8,}");
        assertThat(URI.create(attach).getPath()).matches("/attach/[\\w-]{8,}");
        assertThat(URI.create(forward).getPath()).matches("/portforward/[\\w-]{8,}");
        assertThat(node.cri().runtime().exec(exec(container).build()).getUrl()).isNotEqualTo(exec);
        assertThat(URI.create(exec).getHost()).isEqualTo("127.0.0.1");
    }

    @Rule
    void streamsThatMakeNoSenseAreRefused(Subject node) {
        String container = node.runIdle("senseless");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () ->
                        node.cri()
                                .runtime()
                                .exec(exec(container).setTty(true).setStderr(true).build()),
                "stderr");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().runtime().exec(exec(container).setStdout(false).build()),
                "stdin");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().runtime().exec(exec("").build()),
                "container_id");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () ->
                        node.cri()
                                .runtime()
                                .attach(attach(container).setTty(true).setStderr(true).build()),
                "stderr");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().runtime().attach(attach(container).setStdout(false).build()),
                "stdin");
    }

    @Rule
    void streamsOfWhatDoesNotRunAreRefused(Subject node) {
        String container = node.runIdle("gone");
        String pod = node.cri().pods().getFirst().getId();
        node.cri().stop(container, 0);
        node.refuses(
                Status.Code.FAILED_PRECONDITION,
                () -> node.cri().runtime().exec(exec(container).build()),
                container);
        node.refuses(
                Status.Code.FAILED_PRECONDITION,
                () -> node.cri().runtime().attach(attach(container).build()),
                container);
        node.refuses(
                Status.Code.NOT_FOUND,
                () -> node.cri().runtime().exec(exec(UNKNOWN).build()),
                UNKNOWN);
        node.refuses(
                Status.Code.NOT_FOUND,
                () -> node.cri().runtime().attach(attach(UNKNOWN).build()),
                UNKNOWN);
        node.cri().stopPod(pod);
        PortForwardRequest forward =
                PortForwardRequest.newBuilder().setPodSandboxId(pod).addPort(80).build();
        node.refuses(
                Status.Code.FAILED_PRECONDITION,
                () -> node.cri().runtime().portForward(forward),
                pod);
        node.refuses(
                Status.Code.NOT_FOUND,
                () ->
                        node.cri()
                                .runtime()
                                .portForward(forward.toBuilder().setPodSandboxId(UNKNOWN).build()),
                UNKNOWN);
    }
}
