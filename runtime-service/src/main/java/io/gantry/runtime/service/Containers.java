package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.LinuxResources;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The facade of the verbs on containers. */
final class Containers implements ContainerManager {

    private final RuntimeState state;
    private final CreateContainer createContainer;
    private final StartContainer startContainer;
    private final StopContainer stopContainer;
    private final RemoveContainer removeContainer;
    private final ChangeContainer changeContainer;

    Containers(
            RuntimeState state,
            CreateContainer createContainer,
            StartContainer startContainer,
            StopContainer stopContainer,
            RemoveContainer removeContainer,
            ChangeContainer changeContainer) {
        this.state = state;
        this.createContainer = createContainer;
        this.startContainer = startContainer;
        this.stopContainer = stopContainer;
        this.removeContainer = removeContainer;
        this.changeContainer = changeContainer;
    }

    @Override
    public ContainerId create(String podSandboxId, ContainerConfig config, Deadline deadline) {
        return createContainer.create(state.pod(podSandboxId), config, deadline);
    }

    @Override
    public void start(String id, Deadline deadline) {
        startContainer.start(get(id), deadline);
    }

    @Override
    public ProcessStream startAttached(
            String id, boolean stdin, Optional<WindowSize> size, Deadline deadline) {
        return new ShimProcessStream(
                startContainer.startAttached(get(id), stdin, size, deadline), () -> {}, () -> {});
    }

    @Override
    public void kill(String id, Signal signal, Deadline deadline) {
        stopContainer.signal(get(id).requireRunning("send a signal to"), signal);
    }

    @Override
    public void stop(String id, Duration timeout, Deadline deadline) {
        state.containers()
                .resolve(id)
                .ifPresent(container -> stopContainer.stop(container, timeout));
    }

    @Override
    public void remove(String id, Deadline deadline) {
        state.containers()
                .resolve(id)
                .ifPresent(container -> removeContainer.remove(container, deadline));
    }

    @Override
    public void updateResources(String id, LinuxResources resources, Deadline deadline) {
        changeContainer.updateResources(get(id), resources, deadline);
    }

    @Override
    public void reopenLog(String id, Deadline deadline) {
        changeContainer.reopenLog(get(id));
    }

    @Override
    public Container awaitExit(String id, Deadline deadline) {
        Container container = get(id);
        return state.containers()
                .await(
                        container.id().value(),
                        now -> now.state() == ContainerState.EXITED,
                        deadline)
                .orElseThrow(
                        () ->
                                new NotFoundException(
                                        "container " + container.id() + " was removed"));
    }

    @Override
    public Container get(String id) {
        Container container = state.container(id);
        if (container.state() == ContainerState.CREATING) {
            throw new NotFoundException("container " + id + " does not exist yet");
        }
        return container;
    }

    @Override
    public List<Container> list(ContainerFilter filter) {
        return state
                .containers()
                .list(container -> isVisible(container, filter) && filter.matches(container))
                .stream()
                .sorted(Comparator.comparing(Container::createdAt))
                .toList();
    }

    private boolean isVisible(Container container, ContainerFilter filter) {
        return container.state() != ContainerState.CREATING
                && (filter.owner() == null
                        || state.pods()
                                .find(container.podSandboxId().value())
                                .filter(pod -> pod.owner() == filter.owner())
                                .isPresent());
    }
}
