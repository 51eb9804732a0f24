package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.PodSandbox;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxFilter;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStateValue;
import io.gantry.proto.cri.PodSandboxStatus;
import io.grpc.Status;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PodLifecycleE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String UNKNOWN = "0123456789abcdef".repeat(4);

    @Test
    void aPodIsReadyThenNotReadyThenGone() {
        PodSandboxConfig config =
                NODE.pod("life").putLabels("app", "web").putAnnotations("note", "kept").build();
        String pod = NODE.cri().runPod(config);
        assertThat(pod).matches("[0-9a-f]{64}");

        PodSandboxStatus ready = NODE.cri().podStatus(pod);
        assertThat(ready.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
        assertThat(ready.getMetadata()).isEqualTo(config.getMetadata());
        assertThat(ready.getLabelsMap()).containsEntry("app", "web");
        assertThat(ready.getAnnotationsMap()).containsEntry("note", "kept");
        assertThat(ready.getCreatedAt()).isPositive();

        NODE.cri().stopPod(pod);
        assertThat(NODE.cri().podStatus(pod).getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        NODE.cri().removePod(pod);
        assertThat(NODE.cri().pods()).isEmpty();
    }

    @Test
    void stoppingAndRemovingTwiceSucceeds() {
        String pod = NODE.cri().runPod(NODE.pod("twice").build());
        NODE.cri().stopPod(pod);
        NODE.cri().stopPod(pod);
        NODE.cri().removePod(pod);
        NODE.cri().removePod(pod);
        NODE.cri().stopPod(pod);
    }

    @Test
    void stoppingAndRemovingAnUnknownPodSucceeds() {
        NODE.cri().stopPod(UNKNOWN);
        NODE.cri().removePod(UNKNOWN);
    }

    @Test
    void theStatusOfAnUnknownPodIsNotFound() {
        assertThatThrownBy(() -> NODE.cri().podStatus(UNKNOWN))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, UNKNOWN));
    }

    @Test
    void aPrefixOfAnIdNamesThePod() {
        String pod = NODE.cri().runPod(NODE.pod("prefix").build());
        String prefix = pod.substring(0, 12);
        assertThat(NODE.cri().podStatus(prefix).getId()).isEqualTo(pod);
        assertThat(list(PodSandboxFilter.newBuilder().setId(prefix))).containsExactly(pod);
        NODE.cri().stopPod(prefix);
        NODE.cri().removePod(prefix);
        assertThat(NODE.cri().pods()).isEmpty();
    }

    @Test
    void thePartsOfAFilterAllHaveToMatch() {
        String red = NODE.cri().runPod(NODE.pod("red").putLabels("colour", "red").build());
        String blue = NODE.cri().runPod(NODE.pod("blue").putLabels("colour", "blue").build());
        NODE.cri().stopPod(blue);

        assertThat(list(PodSandboxFilter.newBuilder())).containsExactlyInAnyOrder(red, blue);
        assertThat(list(PodSandboxFilter.newBuilder().putLabelSelector("colour", "red")))
                .containsExactly(red);
        assertThat(list(state(PodSandboxState.SANDBOX_READY))).containsExactly(red);
        assertThat(list(state(PodSandboxState.SANDBOX_NOTREADY))).containsExactly(blue);
        assertThat(list(state(PodSandboxState.SANDBOX_READY).putLabelSelector("colour", "blue")))
                .isEmpty();
        assertThat(list(state(PodSandboxState.SANDBOX_READY).setId(blue))).isEmpty();
    }

    @Test
    void theSameRequestAgainAnswersTheSamePod() {
        PodSandboxConfig config = NODE.pod("again").build();
        String pod = NODE.cri().runPod(config);
        assertThat(NODE.cri().runPod(config)).isEqualTo(pod);
        assertThat(NODE.cri().pods()).hasSize(1);
    }

    @Test
    void anotherRequestUnderATakenNameIsRefused() {
        String pod = NODE.cri().runPod(NODE.pod("taken").build());
        PodSandboxConfig other = NODE.pod("taken").putLabels("other", "yes").build();
        assertThatThrownBy(() -> NODE.cri().runPod(other))
                .satisfies(e -> Failures.is(e, Status.Code.ALREADY_EXISTS, pod));
    }

    @Test
    void aPodWithoutANameIsRefused() {
        PodSandboxConfig nameless = NODE.pod("x").clearMetadata().build();
        assertThatThrownBy(() -> NODE.cri().runPod(nameless))
                .satisfies(e -> Failures.is(e, Status.Code.INVALID_ARGUMENT, "metadata"));
    }

    @Test
    void aStoppedPodTakesNoContainer() {
        PodSandboxConfig config = NODE.pod("stopped").build();
        String pod = NODE.cri().runPod(config);
        NODE.cri().stopPod(pod);
        assertThatThrownBy(
                        () ->
                                NODE.cri()
                                        .create(
                                                pod,
                                                config,
                                                Requests.container("c", NODE.image()).build()))
                .satisfies(e -> Failures.is(e, Status.Code.FAILED_PRECONDITION, pod));
    }

    @Test
    void stoppingAPodEndsItsContainersAndRemovingTakesThemAlong() {
        String container = NODE.idle("with-containers");
        String pod = NODE.cri().pods().getFirst().getId();
        NODE.cri().stopPod(pod);
        assertThat(NODE.cri().status(container).getExitCode()).isEqualTo(128 + 9);
        NODE.cri().removePod(pod);
        assertThat(NODE.cri().containers()).isEmpty();
        assertThatThrownBy(() -> NODE.cri().status(container))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, container));
    }

    private static PodSandboxFilter.Builder state(PodSandboxState state) {
        return PodSandboxFilter.newBuilder()
                .setState(PodSandboxStateValue.newBuilder().setState(state));
    }

    private static List<String> list(PodSandboxFilter.Builder filter) {
        return NODE
                .cri()
                .runtime()
                .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
                .getItemsList()
                .stream()
                .map(PodSandbox::getId)
                .toList();
    }
}
