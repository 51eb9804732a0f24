package io.gantry.runtime.events;

import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import java.time.Instant;
import java.util.List;

/**
 * Something that happened to a container, or to a sandbox.
 *
 * @param id of the container; of the sandbox when it is about that
 * @param at when it became known
 * @param pod as it was then
 * @param containers of the pod, as they were then, oldest first
 */
public record ContainerEvent(
        Kind kind, String id, Instant at, PodSandbox pod, List<Container> containers) {

    public ContainerEvent {
        containers = List.copyOf(containers);
    }

    /** What happened. */
    public enum Kind {
        CREATED,
        STARTED,
        STOPPED,
        DELETED
    }
}
