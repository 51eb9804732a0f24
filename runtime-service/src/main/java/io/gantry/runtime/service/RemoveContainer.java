package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.InternalException;
import io.gantry.runtime.container.Container;
import java.io.IOException;

/** Removes a container, killed if it runs; its record goes last, so that it can be retried. */
final class RemoveContainer {

    private final RuntimeState state;
    private final StopContainer stopContainer;
    private final ContainerTeardown teardown;

    RemoveContainer(RuntimeState state, StopContainer stopContainer, ContainerTeardown teardown) {
        this.state = state;
        this.stopContainer = stopContainer;
        this.teardown = teardown;
    }

    void remove(Container container, Deadline deadline) {
        try (KeyedLocks.Held _ = state.locks().lock(container.podSandboxId(), deadline)) {
            state.containers().find(container.id().value()).ifPresent(this::removeHeld);
        }
    }

    /** As {@link #remove}, by the holder of the pod's lock. */
    void removeHeld(Container container) {
        stopContainer.kill(container);
        try {
            teardown.removeAll(container);
        } catch (IOException e) {
            throw new InternalException(
                    "remove container " + container.id() + ": " + e.getMessage(), e);
        }
        state.forget(container);
    }
}
