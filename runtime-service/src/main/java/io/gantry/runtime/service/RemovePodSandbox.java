package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.InternalException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import java.io.IOException;

/**
 * Stops a pod and removes it with its containers; its record goes last, so that it can be retried.
 */
final class RemovePodSandbox {

    private final RuntimeState state;
    private final StopPodSandbox stopPodSandbox;
    private final RemoveContainer removeContainer;
    private final SandboxTeardown teardown;

    RemovePodSandbox(
            RuntimeState state,
            StopPodSandbox stopPodSandbox,
            RemoveContainer removeContainer,
            SandboxTeardown teardown) {
        this.state = state;
        this.stopPodSandbox = stopPodSandbox;
        this.removeContainer = removeContainer;
        this.teardown = teardown;
    }

    void remove(PodSandboxId id, Deadline deadline) {
        try (KeyedLocks.Held _ = state.locks().lock(id, deadline)) {
            state.pods().find(id.value()).ifPresent(this::removeHeld);
        }
    }

    private void removeHeld(PodSandbox pod) {
        stopPodSandbox.stopHeld(pod);
        for (Container container : state.containersOf(pod.id())) {
            removeContainer.removeHeld(container);
        }
        try {
            teardown.removeFiles(pod);
        } catch (IOException e) {
            throw new InternalException(
                    "remove pod sandbox " + pod.id() + ": " + e.getMessage(), e);
        }
        state.forget(pod);
    }
}
