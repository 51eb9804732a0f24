package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.events.ContainerEvent;
import io.gantry.runtime.events.ContainerEvents.Subscription;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client is told of what happens to pods and containers. */
class ContainerEventsTest {

    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10), Clock.SYSTEM);

    @TempDir Path directory;
    private FakeNode node;

    @BeforeEach
    void makeNode() {
        node = new FakeNode(directory);
    }

    private String pod(RuntimeService runtime, String name) {
        return runtime.pods()
                .run(PodOwner.CRI, PodConfigs.withLogs(name, directory.resolve("logs")), "", SOON)
                .value();
    }

    private static String container(RuntimeService runtime, String pod, String name) {
        return runtime.containers()
                .create(pod, ContainerConfig.of(name, "busybox", List.of("sh")), SOON)
                .value();
    }

    private static List<ContainerEvent> drain(Subscription subscription) throws Exception {
        List<ContainerEvent> events = new ArrayList<>();
        Deadline now = Deadline.after(Duration.ZERO, Clock.SYSTEM);
        Optional<ContainerEvent> event = subscription.next(now);
        while (event.isPresent()) {
            events.add(event.get());
            event = subscription.next(now);
        }
        return events;
    }

    /** Events by their names, with ids as the test calls them. */
    private static List<String> names(List<ContainerEvent> events, Map<String, String> called) {
        return events.stream().map(e -> called.get(e.id()) + " " + e.kind()).toList();
    }

    @Test
    void theLifeOfAPodIsToldInOrderAndItsOwnEndAfterThatOfItsContainers() throws Exception {
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            String pod = pod(runtime, "p");
            String one = container(runtime, pod, "one");
            runtime.containers().start(one, SOON);
            String two = container(runtime, pod, "two");
            runtime.containers().start(two, SOON);
            node.shimOf(runtime.pods().get(pod).id()).exit(one, 3);
            runtime.containers().awaitExit(one, SOON);
            runtime.pods().stop(pod, SOON);
            runtime.pods().stop(pod, SOON);
            runtime.containers().remove(two, SOON);
            runtime.pods().remove(pod, SOON);

            assertThat(names(drain(events), Map.of(pod, "pod", one, "one", two, "two")))
                    .containsExactly(
                            "pod CREATED",
                            "pod STARTED",
                            "one CREATED",
                            "one STARTED",
                            "two CREATED",
                            "two STARTED",
                            "one STOPPED",
                            "two STOPPED",
                            "pod STOPPED",
                            "two DELETED",
                            "one DELETED",
                            "pod DELETED");
        }
    }

    @Test
    void anEventHasTheStatusesOfItsMoment() throws Exception {
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            String pod = pod(runtime, "p");
            String one = container(runtime, pod, "one");
            runtime.containers().start(one, SOON);
            node.shimOf(runtime.pods().get(pod).id()).exit(one, 3);
            runtime.containers().awaitExit(one, SOON);
            runtime.containers().remove(one, SOON);
            List<ContainerEvent> all = drain(events);

            assertThat(all.get(1).pod().state()).isEqualTo(PodSandboxState.READY);
            assertThat(all.get(1).pod().status().network().ips()).containsExactly("10.0.0.2");
            assertThat(all.get(1).containers()).isEmpty();
            assertThat(all.get(3).containers())
                    .singleElement()
                    .extracting(Container::state)
                    .isEqualTo(ContainerState.RUNNING);
            assertThat(all.get(4).containers().getFirst().status().exitCode()).isEqualTo(3);
            assertThat(all.get(5).kind()).isEqualTo(ContainerEvent.Kind.DELETED);
            assertThat(all.get(5).containers()).isEmpty();
            assertThat(all).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
        }
    }

    @Test
    void aStartThatFailsIsAStop() throws Exception {
        node.failing.add("start");
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            String pod = pod(runtime, "p");
            String one = container(runtime, pod, "one");
            assertThatThrownBy(() -> runtime.containers().start(one, SOON)).isNotNull();

            assertThat(names(drain(events), Map.of(pod, "pod", one, "one")))
                    .containsExactly("pod CREATED", "pod STARTED", "one CREATED", "one STOPPED");
        }
    }

    @Test
    void whatCouldNotBeMadeWasNeverThere() throws Exception {
        node.failing.add("network");
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            assertThatThrownBy(() -> pod(runtime, "p")).isNotNull();
            node.failing.clear();
            String pod = pod(runtime, "q");
            node.failing.add("rootfs");
            assertThatThrownBy(() -> container(runtime, pod, "one")).isNotNull();

            assertThat(names(drain(events), Map.of(pod, "pod")))
                    .containsExactly("pod CREATED", "pod STARTED");
        }
    }

    @Test
    void aLostShimStopsItsContainersAndThenItsPod() throws Exception {
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            String pod = pod(runtime, "p");
            String one = container(runtime, pod, "one");
            runtime.containers().start(one, SOON);
            int before = drain(events).size();
            node.shimOf(runtime.pods().get(pod).id()).die();
            runtime.containers().awaitExit(one, SOON);

            assertThat(before).isEqualTo(4);
            assertThat(events.next(SOON).orElseThrow().id()).isEqualTo(one);
            assertThat(events.next(SOON).orElseThrow().id()).isEqualTo(pod);
        }
    }

    @Test
    void exitsOfMeanwhileAreToldToTheFirstThatListensAfterwards() throws Exception {
        String pod;
        String one;
        String two;
        try (RuntimeService runtime = node.boot()) {
            pod = pod(runtime, "p");
            one = container(runtime, pod, "one");
            two = container(runtime, pod, "two");
            runtime.containers().start(one, SOON);
            runtime.containers().start(two, SOON);
        }
        node.shimOf(new PodSandboxId(pod)).exit(one, 9);
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            List<ContainerEvent> all = drain(events);
            assertThat(names(all, Map.of(pod, "pod", one, "one", two, "two")))
                    .containsExactly("one STOPPED");
            assertThat(all.getFirst().containers()).hasSize(2);
        }
        node.shimOf(new PodSandboxId(pod)).die();
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            assertThat(names(drain(events), Map.of(pod, "pod", one, "one", two, "two")))
                    .containsExactly("two STOPPED", "pod STOPPED");
        }
    }

    @Test
    void aPodWhoseStopFailedHalfwayIsToldAsStoppedOnce() throws Exception {
        String pod;
        node.failing.add("disconnect");
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            pod = pod(runtime, "p");
            assertThatThrownBy(() -> runtime.pods().stop(pod, SOON)).isNotNull();
            assertThat(names(drain(events), Map.of(pod, "pod")))
                    .containsExactly("pod CREATED", "pod STARTED", "pod STOPPED");
        }
        node.failing.clear();
        try (RuntimeService runtime = node.boot();
                Subscription events = runtime.events().subscribe()) {
            runtime.pods().stop(pod, SOON);
            runtime.pods().remove(pod, SOON);
            assertThat(names(drain(events), Map.of(pod, "pod"))).containsExactly("pod DELETED");
        }
    }
}
