package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.proto.cri.ContainerEventResponse;
import io.gantry.proto.cri.ContainerEventType;
import io.gantry.proto.cri.GetEventsRequest;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.events.ContainerEvent;
import io.gantry.runtime.events.ContainerEvent.Kind;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerEventStreamsTest {

    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);
    private static final Instant AT = Instant.parse("2026-01-31T12:00:00.000000007Z");

    @TempDir Path dir;
    private InProcessDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private Iterator<ContainerEventResponse> listen() {
        return daemon.cri()
                .withDeadlineAfter(120, TimeUnit.SECONDS)
                .getContainerEvents(GetEventsRequest.getDefaultInstance());
    }

    private PodSandbox pod(PodOwner owner) {
        PodSandboxConfig config = PodSandboxConfig.of(new PodSandboxMetadata("p", "u", "n", 0));
        return daemon.pods.get(daemon.pods.run(owner, config, "", NEVER).value());
    }

    @Test
    void anEventCarriesThePodAndItsContainers() {
        PodSandbox pod = pod(PodOwner.CRI);
        Container container =
                daemon.containers.get(
                        daemon.containers
                                .create(
                                        pod.id().value(),
                                        ContainerConfig.of("c", "busybox", List.of("sh")),
                                        NEVER)
                                .value());
        daemon.events.publish(
                new ContainerEvent(
                        Kind.CREATED, container.id().value(), AT, pod, List.of(container)));

        ContainerEventResponse event = listen().next();

        assertThat(event.getContainerId()).isEqualTo(container.id().value());
        assertThat(event.getContainerEventType())
                .isEqualTo(ContainerEventType.CONTAINER_CREATED_EVENT);
        assertThat(event.getCreatedAt()).isEqualTo(1769860800000000007L);
        assertThat(event.getPodSandboxStatus().getMetadata().getUid()).isEqualTo("u");
        assertThat(event.getPodSandboxStatus().getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
        assertThat(event.getContainersStatusesList())
                .singleElement()
                .satisfies(each -> assertThat(each.getMetadata().getName()).isEqualTo("c"));
    }

    @Test
    void podsOfOthersAreNotTold() {
        PodSandbox own = pod(PodOwner.GANTRY);
        PodSandbox pod = pod(PodOwner.CRI);
        daemon.events.publish(
                new ContainerEvent(Kind.CREATED, own.id().value(), AT, own, List.of()));
        daemon.events.publish(
                new ContainerEvent(Kind.STARTED, pod.id().value(), AT, pod, List.of()));

        assertThat(listen().next().getContainerId()).isEqualTo(pod.id().value());
    }

    @Test
    void theStreamEndsAsUnavailableWhenTheDaemonStops() {
        daemon.events.end();

        assertThatThrownBy(() -> listen().next())
                .isInstanceOf(StatusRuntimeException.class)
                .extracting(e -> Status.fromThrowable(e).getCode())
                .isEqualTo(Status.Code.UNAVAILABLE);
    }
}
