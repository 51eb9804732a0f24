package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.ContainerManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Containers that change state as they are told, in memory. */
final class FakeContainers implements ContainerManager {

    static final int PID = 4711;

    private final FakePods pods;
    private final Map<String, Container> containers = new LinkedHashMap<>();
    private final List<String> calls = new ArrayList<>();
    private final List<FakeStream> streams = new ArrayList<>();

    FakeContainers(FakePods pods) {
        this.pods = pods;
    }

    /** What was asked beyond what states show, oldest first. */
    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    /** The streams that the next attached starts get. */
    synchronized void willStream(FakeStream stream) {
        streams.add(stream);
    }

    /** The first process of a container ends. */
    synchronized void exit(String id, int code) {
        change(id, status -> status.exited(code, FakePods.CREATED.plusSeconds(2), false));
        notifyAll();
    }

    @Override
    public synchronized ContainerId create(
            String podSandboxId, ContainerConfig config, Deadline deadline) {
        PodSandbox pod = pods.get(podSandboxId);
        ContainerId id = ContainerId.random();
        String log =
                config.logPath().isEmpty()
                        ? ""
                        : pod.config().logDirectory() + "/" + config.logPath();
        containers.put(
                id.value(),
                new Container(
                        id,
                        pod.id(),
                        config,
                        "sha256:" + "a".repeat(64),
                        "repo@sha256:" + "b".repeat(64),
                        log,
                        "/gantry/" + id,
                        new ContainerUser(0, 0, List.of()),
                        config.stopSignal() == null ? Signal.SIGTERM : config.stopSignal(),
                        config.resources(),
                        FakePods.CREATED,
                        ContainerStatus.creating().created()));
        return id;
    }

    @Override
    public synchronized void start(String id, Deadline deadline) {
        change(id, status -> status.started(PID, FakePods.CREATED.plusSeconds(1)));
    }

    @Override
    public synchronized ProcessStream startAttached(
            String id, boolean stdin, Optional<WindowSize> size, Deadline deadline) {
        calls.add("startAttached stdin=" + stdin + size.map(s -> " on " + s).orElse(""));
        start(id, deadline);
        return streams.removeFirst();
    }

    @Override
    public synchronized void stop(String id, Duration timeout, Deadline deadline) {
        calls.add("stop timeout=" + timeout.toSeconds());
        if (get(id).state() == ContainerState.RUNNING) {
            exit(id, 137);
        }
    }

    @Override
    public synchronized void kill(String id, Signal signal, Deadline deadline) {
        calls.add("kill " + signal);
    }

    @Override
    public synchronized void remove(String id, Deadline deadline) {
        containers.remove(id);
    }

    @Override
    public synchronized void updateResources(
            String id, LinuxResources resources, Deadline deadline) {
        containers.computeIfPresent(id, (key, container) -> container.with(resources));
    }

    @Override
    public synchronized void reopenLog(String id, Deadline deadline) {
        if (get(id).state() != ContainerState.RUNNING) {
            throw new FailedPreconditionException("container " + id + " does not run");
        }
        calls.add("reopenLog");
    }

    @Override
    public synchronized Container awaitExit(String id, Deadline deadline) {
        try {
            while (get(id).state() != ContainerState.EXITED) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return get(id);
    }

    @Override
    public synchronized Container get(String id) {
        List<Container> found =
                containers.values().stream().filter(c -> c.id().value().startsWith(id)).toList();
        if (found.size() > 1) {
            throw new InvalidArgumentException("container id \"" + id + "\" is ambiguous");
        }
        if (found.isEmpty()) {
            throw new NotFoundException("container \"" + id + "\" not found");
        }
        return found.getFirst();
    }

    @Override
    public synchronized List<Container> list(ContainerFilter filter) {
        return containers.values().stream()
                .filter(filter::matches)
                .filter(
                        container ->
                                filter.owner() == null
                                        || filter.owner()
                                                == pods.get(container.podSandboxId().value())
                                                        .owner())
                .toList();
    }

    private void change(String id, UnaryOperator<ContainerStatus> transition) {
        Container container = get(id);
        containers.put(
                container.id().value(), container.with(transition.apply(container.status())));
    }
}
