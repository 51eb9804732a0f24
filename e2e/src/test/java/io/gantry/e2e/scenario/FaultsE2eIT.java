package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.GatePlugin;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StopPodSandboxRequest;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What goes wrong around the daemon, and its death in the midst of a plugin's work: each time the
 * answer says why, asking again succeeds, and nothing is left.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "its deaths and waits take minutes there; nothing of it is the kernel's")
class FaultsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static GatePlugin plugin;

    private PodSandboxConfig pod;

    @BeforeAll
    static void usePlugin() throws IOException {
        NODE.daemon().removeEverything();
        NODE.daemon().stop();
        plugin = GatePlugin.install(NODE.home(), NODE.daemon());
        NODE.daemon().start();
        // The directory of what plugins answered stays once it is there.
        NODE.cri().removePod(NODE.cri().runPod(NODE.pod("warm-up").build()));
    }

    @BeforeEach
    void freshPod() {
        pod = NODE.pod("faults").build();
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

    @Test
    void aPluginThatFailsIsToldOfAndTheNextRequestSucceeds() throws IOException {
        plugin.fail("ADD");
        assertThatThrownBy(() -> NODE.cri().runPod(pod))
                .satisfies(e -> Failures.is(e, Status.Code.UNAVAILABLE, "told to fail"));
        assertThat(NODE.cri().pods()).isEmpty();
        plugin.letGo();
        String made = NODE.cri().runPod(pod);
        assertThat(plugin.held()).containsExactly(made);
    }

    @Test
    void aPluginThatDoesNotGiveBackIsToldOfAndTheNextStopSucceeds() throws IOException {
        String made = NODE.cri().runPod(pod);
        plugin.fail("DEL");
        assertThatThrownBy(() -> NODE.cri().stopPod(made))
                .satisfies(e -> Failures.is(e, Status.Code.UNAVAILABLE, "told to fail"));
        assertThat(plugin.held()).containsExactly(made);
        plugin.letGo();
        NODE.cri().stopPod(made);
        assertThat(plugin.held()).isEmpty();
    }

    @Test
    void aPluginThatDoesNotGiveBackKeepsThePodFromBeingRemovedUntilItDoes() throws IOException {
        NODE.idle("kept");
        String made = NODE.cri().pods().getFirst().getId();
        plugin.fail("DEL");
        assertThatThrownBy(() -> NODE.cri().removePod(made))
                .satisfies(e -> Failures.is(e, Status.Code.UNAVAILABLE, "told to fail"));
        assertThat(plugin.held()).containsExactly(made);
        assertThat(NODE.cri().pods()).hasSize(1);
        plugin.letGo();
        NODE.cri().removePod(made);
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(plugin.held()).isEmpty();
    }

    @Test
    void aPodThatTookLongerThanItsClientWaitedIsThereForTheSameRequest() throws IOException {
        plugin.hold("ADD");
        assertThatThrownBy(
                        () ->
                                RuntimeServiceGrpc.newBlockingStub(NODE.cri().channel())
                                        .withDeadlineAfter(Await.seconds(1))
                                        .runPodSandbox(request()))
                .satisfies(
                        e ->
                                assertThat(Status.fromThrowable(e).getCode())
                                        .isEqualTo(Status.Code.DEADLINE_EXCEEDED));
        plugin.awaitAt("ADD");
        plugin.letGo();
        String made = NODE.cri().runPod(pod);
        assertThat(NODE.cri().pods())
                .singleElement()
                .satisfies(only -> assertThat(only.getId()).isEqualTo(made));
        assertThat(plugin.held()).containsExactly(made);
    }

    @Test
    void aDaemonThatDiesWhileAPodGetsItsAddressLeavesNothingOfBoth() throws Exception {
        plugin.hold("ADD");
        Future<?> lost =
                RuntimeServiceGrpc.newFutureStub(NODE.cri().channel()).runPodSandbox(request());
        plugin.awaitAt("ADD");
        NODE.daemon().kill();
        assertThat(catchThrowable(lost::get)).isNotNull();
        plugin.letGo();
        plugin.awaitDone("ADD");
        assertThat(plugin.held()).hasSize(1);
        NODE.daemon().start();
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(plugin.held()).isEmpty();
        String again = NODE.cri().runPod(pod);
        assertThat(plugin.held()).containsExactly(again);
    }

    @Test
    void aDaemonThatDiesWhileAPodGivesItsAddressBackDoesSoWhenAskedAgain() throws Exception {
        String made = NODE.cri().runPod(pod);
        plugin.hold("DEL");
        Future<?> lost =
                RuntimeServiceGrpc.newFutureStub(NODE.cri().channel())
                        .stopPodSandbox(
                                StopPodSandboxRequest.newBuilder().setPodSandboxId(made).build());
        plugin.awaitAt("DEL");
        NODE.daemon().kill();
        assertThat(catchThrowable(lost::get)).isNotNull();
        plugin.letGo();
        plugin.awaitDone("DEL");
        NODE.daemon().start();
        NODE.cri().stopPod(made);
        NODE.cri().removePod(made);
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(plugin.held()).isEmpty();
    }

    private RunPodSandboxRequest request() {
        return RunPodSandboxRequest.newBuilder().setConfig(pod).build();
    }
}
