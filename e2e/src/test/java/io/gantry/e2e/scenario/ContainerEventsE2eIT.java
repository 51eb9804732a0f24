package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.EventListener;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerEventResponse;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.PodSandboxStatusResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** GetContainerEvents, as a kubelet with EventedPLEG listens to it. */
class ContainerEventsE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static List<String> names(
            List<ContainerEventResponse> events, Map<String, String> called) {
        return events.stream()
                .map(
                        each ->
                                called.get(each.getContainerId())
                                        + each.getContainerEventType()
                                                .name()
                                                .replace("CONTAINER", "")
                                                .replace("_EVENT", ""))
                .toList();
    }

    @Test
    void everyListenerIsToldTheLifeOfAPodInOrderWithItsStatuses() throws Exception {
        PodSandboxConfig prelude = NODE.pod("prelude").build();
        try (EventListener one = new EventListener(NODE.cri());
                EventListener two = new EventListener(NODE.cri())) {
            one.awaitTaken(NODE.cri(), prelude);
            two.awaitTaken(NODE.cri(), prelude);
            PodSandboxConfig pod = NODE.pod("told").build();
            String sandbox = NODE.cri().runPod(pod);
            String container =
                    NODE.cri()
                            .create(
                                    sandbox,
                                    pod,
                                    Requests.script("c", NODE.image(), "exit 5").build());
            NODE.cri().start(container);
            NODE.cri().awaitExit(container);
            NODE.cri().removePod(sandbox);

            List<ContainerEventResponse> told = one.untilDeleted(sandbox);
            assertThat(names(told, Map.of(sandbox, "pod", container, "c")))
                    .containsExactly(
                            "pod_CREATED",
                            "pod_STARTED",
                            "c_CREATED",
                            "c_STARTED",
                            "c_STOPPED",
                            "pod_STOPPED",
                            "c_DELETED",
                            "pod_DELETED");
            assertThat(two.untilDeleted(sandbox)).isEqualTo(told);
            assertThat(told)
                    .allSatisfy(
                            event ->
                                    assertThat(event.getPodSandboxStatus().getMetadata())
                                            .isEqualTo(pod.getMetadata()));
            assertThat(told.get(1).getPodSandboxStatus().getState())
                    .isEqualTo(PodSandboxState.SANDBOX_READY);
            assertThat(told.get(3).getContainersStatuses(0).getState())
                    .isEqualTo(ContainerState.CONTAINER_RUNNING);
            assertThat(told.get(4).getContainersStatuses(0).getExitCode()).isEqualTo(5);
            assertThat(told.get(7).getContainersStatusesList()).isEmpty();
        }
    }

    @Test
    void theStatusOfAPodHasItsContainersNewestFirstAndItsTime() {
        PodSandboxConfig pod = NODE.pod("timed").build();
        String sandbox = NODE.cri().runPod(pod);
        ContainerConfig.Builder config = Requests.script("c", NODE.image(), "exit 1");
        String first = NODE.cri().create(sandbox, pod, config.build());
        NODE.cri().start(first);
        NODE.cri().awaitExit(first);
        config.getMetadataBuilder().setAttempt(1);
        String second = NODE.cri().create(sandbox, pod, config.build());

        PodSandboxStatusResponse status =
                NODE.cri()
                        .runtime()
                        .podSandboxStatus(
                                PodSandboxStatusRequest.newBuilder()
                                        .setPodSandboxId(sandbox)
                                        .build());

        assertThat(status.getContainersStatusesList())
                .containsExactly(NODE.cri().status(second), NODE.cri().status(first));
        assertThat(status.getTimestamp())
                .isGreaterThan(status.getContainersStatuses(0).getCreatedAt());
    }
}
