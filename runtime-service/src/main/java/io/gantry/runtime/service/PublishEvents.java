package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.events.ContainerEvent;
import io.gantry.runtime.events.ContainerEvent.Kind;
import io.gantry.runtime.events.EventFeed;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.store.Records;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes events of changes of records, and of nothing else: what a client is told has happened is
 * what it finds when it asks. A sandbox has stopped once it is not ready and none of its containers
 * runs, so that its event comes after theirs.
 */
final class PublishEvents {

    private final Records<PodSandbox> pods;
    private final Records<Container> containers;
    private final EventFeed feed;
    private final Clock clock;

    /** Sandboxes whose stop is still to be told; guarded by this. */
    private final Set<PodSandboxId> up = new HashSet<>();

    PublishEvents(
            Records<PodSandbox> pods, Records<Container> containers, EventFeed feed, Clock clock) {
        this.pods = pods;
        this.containers = containers;
        this.feed = feed;
        this.clock = clock;
    }

    /** Begins, with records as they were loaded. */
    void begin() {
        synchronized (this) {
            for (PodSandbox pod : pods.list(any -> true)) {
                if (pod.isReady() || runs(pod.id())) {
                    up.add(pod.id());
                }
            }
        }
        pods.observe(this::podChanged);
        containers.observe(this::containerChanged);
    }

    private synchronized void podChanged(@Nullable PodSandbox before, @Nullable PodSandbox after) {
        if (after == null) {
            if (before != null && before.state() != PodSandboxState.CREATING) {
                publish(Kind.DELETED, before.id().value(), before);
            }
            return;
        }
        boolean hidden = before == null || before.state() == PodSandboxState.CREATING;
        if (hidden && after.state() != PodSandboxState.CREATING) {
            up.add(after.id());
            publish(Kind.CREATED, after.id().value(), after);
            if (after.isReady()) {
                publish(Kind.STARTED, after.id().value(), after);
            }
        }
        if (after.state() == PodSandboxState.NOTREADY) {
            stoppedIfQuiet(after);
        }
    }

    private synchronized void containerChanged(
            @Nullable Container before, @Nullable Container after) {
        ContainerState was = before == null ? ContainerState.CREATING : before.state();
        ContainerState is = after == null ? ContainerState.CREATING : after.state();
        Container container = after == null ? before : after;
        if (container == null || was == is) {
            return;
        }
        PodSandbox pod = pods.find(container.podSandboxId().value()).orElse(null);
        if (pod == null) {
            // Half made when a daemon died, together with its pod: nobody has ever seen it.
            return;
        }
        if (after == null) {
            publish(Kind.DELETED, container.id().value(), pod);
            return;
        }
        publish(
                switch (is) {
                    case CREATING, CREATED -> Kind.CREATED;
                    case RUNNING -> Kind.STARTED;
                    case EXITED -> Kind.STOPPED;
                },
                container.id().value(),
                pod);
        if (is == ContainerState.EXITED && pod.state() == PodSandboxState.NOTREADY) {
            stoppedIfQuiet(pod);
        }
    }

    private void stoppedIfQuiet(PodSandbox pod) {
        if (up.contains(pod.id()) && !runs(pod.id())) {
            up.remove(pod.id());
            publish(Kind.STOPPED, pod.id().value(), pod);
        }
    }

    private boolean runs(PodSandboxId pod) {
        return !containers
                .list(
                        container ->
                                container.podSandboxId().equals(pod)
                                        && container.state() == ContainerState.RUNNING)
                .isEmpty();
    }

    private void publish(Kind kind, String id, PodSandbox pod) {
        List<Container> of =
                containers
                        .list(
                                container ->
                                        container.podSandboxId().equals(pod.id())
                                                && container.state() != ContainerState.CREATING)
                        .stream()
                        .sorted(Comparator.comparing(Container::createdAt))
                        .toList();
        feed.publish(new ContainerEvent(kind, id, clock.now(), pod, of));
    }
}
