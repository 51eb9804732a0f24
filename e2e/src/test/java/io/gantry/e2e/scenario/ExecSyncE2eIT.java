package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.PodSandboxConfig;
import io.grpc.Status;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

class ExecSyncE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final int CAP = 16 << 20;

    @Test
    void bothStreamsAndTheExitCodeComeBack() {
        String container = NODE.idle("streams");
        ExecSyncResponse done =
                NODE.cri().exec(container, "/bin/sh", "-c", "echo out; echo err >&2; exit 9");
        assertThat(done.getStdout().toStringUtf8()).isEqualTo("out\n");
        assertThat(done.getStderr().toStringUtf8()).isEqualTo("err\n");
        assertThat(done.getExitCode()).isEqualTo(9);
    }

    @Test
    void aSignalThatEndsTheCommandIsInItsExitCode() {
        String container = NODE.idle("signalled");
        assertThat(NODE.cri().exec(container, "/bin/sh", "-c", "kill -9 $$").getExitCode())
                .isEqualTo(128 + 9);
    }

    @Test
    void aCommandRunsInTheContainersEnvironment() {
        String container = NODE.idle("environment");
        assertThat(NODE.cri().shell(container, "echo $GREETING $PATH; pwd; cat /etc/motd"))
                .isEqualTo("hello /bin:/usr/bin\n/\nmade by hand\n");
    }

    @Test
    void theProgramIsLookedUpInThePath() {
        String container = NODE.idle("path");
        assertThat(NODE.cri().exec(container, "echo", "found").getStdout().toStringUtf8())
                .isEqualTo("found\n");
    }

    @Test
    void aCommandOutOfTimeIsKilledWithAllItStartedAndTheContainerGoesOn() {
        String container = NODE.idle("timeout");
        long begin = System.nanoTime();
        assertThatThrownBy(
                        () ->
                                NODE.cri()
                                        .exec(
                                                container,
                                                1,
                                                "/bin/sh",
                                                "-c",
                                                "sleep 4711 & sleep 4711; true"))
                .satisfies(e -> Failures.is(e, Status.Code.DEADLINE_EXCEEDED, "killed"));
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofSeconds(1), Await.seconds(60));
        Await.until(
                "death of everything that the command started",
                Await.seconds(60),
                () -> !NODE.cri().shell(container, "ps -o args").contains("4711"));
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Test
    @DisabledIfSystemProperty(
            named = "gantry.e2e.handler",
            matches = ".+",
            disabledReason = "orphans of a command are the container's")
    void whatHidesInSessionsOfItsOwnIsKilledTooAndWhatOthersStartedIsNot() {
        String container = NODE.idle("hiding");
        // Its parent has ended: what it left belongs to the container.
        assertThat(NODE.cri().shell(container, "sleep 4711 & echo left")).isEqualTo("left\n");
        String hiding =
                "setsid sleep 4712 & (setsid sh -c 'sleep 4713 & sleep 4714; true' &)"
                        + " ; sh -c '(sleep 4715 &) ; true'; sleep 4716; true";
        assertThatThrownBy(() -> NODE.cri().exec(container, 1, "/bin/sh", "-c", hiding))
                .satisfies(e -> Failures.is(e, Status.Code.DEADLINE_EXCEEDED, "killed"));
        Await.until(
                "death of everything that the command started",
                Await.seconds(60),
                () -> !NODE.cri().shell(container, "ps -o args").matches("(?s).*471[2-6].*"));
        assertThat(NODE.cri().shell(container, "ps -o args")).contains("sleep 4711");
    }

    @Test
    void moreOutputThanTheCapIsCutAndTheCommandEndsAsItWould() {
        String container = NODE.idle("cap");
        ExecSyncResponse done =
                NODE.cri()
                        .exec(
                                container,
                                "/bin/sh",
                                "-c",
                                "dd if=/dev/zero bs=1M count=20 2>/dev/null; echo end >&2; exit 3");
        assertThat(done.getStdout().size()).isEqualTo(CAP);
        assertThat(done.getStderr().toStringUtf8()).isEqualTo("end\n");
        assertThat(done.getExitCode()).isEqualTo(3);
    }

    @Test
    void whatACommandLeavesInTheBackgroundIsNotWaitedFor() {
        String container = NODE.idle("background");
        long begin = System.nanoTime();
        ExecSyncResponse done =
                NODE.cri().exec(container, "/bin/sh", "-c", "sleep 4711 & echo started");
        assertThat(done.getExitCode()).isZero();
        assertThat(done.getStdout().toStringUtf8()).isEqualTo("started\n");
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Await.seconds(60));
    }

    @Test
    void aContainerThatDoesNotRunExecutesNothing() {
        PodSandboxConfig pod = NODE.pod("not-running").build();
        String sandbox = NODE.cri().runPod(pod);
        String created =
                NODE.cri().create(sandbox, pod, Requests.container("c", NODE.image()).build());
        assertThatThrownBy(() -> NODE.cri().exec(created, "true"))
                .satisfies(e -> Failures.is(e, Status.Code.FAILED_PRECONDITION, created));
        String unknown = "0".repeat(64);
        assertThatThrownBy(() -> NODE.cri().exec(unknown, "true"))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, unknown));
    }

    @Test
    @DisabledIfSystemProperty(
            named = "gantry.e2e.handler",
            matches = ".+",
            disabledReason = "the words are the runtime's own")
    void aProgramThatIsMissingIsNamed() {
        String container = NODE.idle("missing");
        assertThatThrownBy(() -> NODE.cri().exec(container, "no-such-program"))
                .satisfies(
                        e ->
                                assertThat(Status.fromThrowable(e).getDescription())
                                        .contains("execute no-such-program", "not found in $PATH"));
    }
}
