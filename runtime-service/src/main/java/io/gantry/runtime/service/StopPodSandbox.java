package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.Tasks;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Ends what runs in a pod and gives back what it holds; its record stays. */
final class StopPodSandbox {

    private final RuntimeState state;
    private final StopContainer stopContainer;
    private final SandboxTeardown teardown;
    private final ContainerTeardown containers;

    StopPodSandbox(
            RuntimeState state,
            StopContainer stopContainer,
            SandboxTeardown teardown,
            ContainerTeardown containers) {
        this.state = state;
        this.stopContainer = stopContainer;
        this.teardown = teardown;
        this.containers = containers;
    }

    void stop(PodSandboxId id, Deadline deadline) {
        try (KeyedLocks.Held _ = state.locks().lock(id, deadline)) {
            state.pods().find(id.value()).ifPresent(this::stopHeld);
        }
    }

    /** As {@link #stop}, by the holder of the pod's lock. */
    void stopHeld(PodSandbox pod) {
        // From here on nobody can create or start in it, whatever fails below.
        state.update(pod.id(), status -> status.notReady("stopped"));
        killContainers(pod);
        try {
            for (Container container : state.containersOf(pod.id())) {
                containers.releaseRuntime(container);
            }
            teardown.disconnect(pod);
            teardown.endShim(pod);
            teardown.release(pod);
        } catch (IOException e) {
            throw Failures.of("stop pod sandbox " + pod.id(), e);
        }
        state.update(pod.id(), PodSandboxStatus::stopped);
    }

    private void killContainers(PodSandbox pod) {
        List<Container> running =
                state.containersOf(pod.id()).stream()
                        .filter(container -> container.state() == ContainerState.RUNNING)
                        .toList();
        try (ExecutorService tasks = Tasks.perTask("stop-" + pod.id())) {
            List<Future<?>> kills = new ArrayList<>();
            for (Container container : running) {
                kills.add(tasks.submit(() -> stopContainer.kill(container)));
            }
            for (Future<?> kill : kills) {
                await(pod, kill);
            }
        }
    }

    private static void await(PodSandbox pod, Future<?> kill) {
        try {
            kill.get();
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            if (cause instanceof ServiceException failure) {
                // It names the container, and its category is the answer's.
                throw failure;
            }
            throw new InternalException(
                    "stop pod sandbox " + pod.id() + ": " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InternalException("stop pod sandbox " + pod.id() + ": interrupted", e);
        }
    }
}
