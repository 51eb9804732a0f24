package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.StartPhases.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Starts the first process of a container: cgroup, then the shim runs its launch program. */
final class StartContainer {

    private final RuntimeState state;
    private final Shims shims;
    private final Preparations preparations;
    private final ExitWatcher exits;

    StartContainer(RuntimeState state, Shims shims, Preparations preparations, ExitWatcher exits) {
        this.state = state;
        this.shims = shims;
        this.preparations = preparations;
        this.exits = exits;
    }

    void start(Container container, Deadline deadline) {
        underLock(
                container,
                deadline,
                preparations::take,
                start -> start.ready().start(start.shim(), start.pod()));
    }

    /**
     * The same; the client of the stream sees the output from its first byte on.
     *
     * @param size of a terminal, when it is known
     */
    ShimStream startAttached(
            Container container, boolean stdin, Optional<WindowSize> size, Deadline deadline) {
        ShimStream[] stream = new ShimStream[1];
        underLock(
                container,
                deadline,
                (found, bundle) -> prepared(found, bundle, size),
                start -> {
                    stream[0] = start.ready().startAttached(start.shim(), start.pod(), stdin);
                    return stream[0].pid();
                });
        return stream[0];
    }

    /** What was prepared has a terminal without a size: that is known only now. */
    private ReadyStart prepared(Container container, Bundle bundle, Optional<WindowSize> size)
            throws IOException {
        return size.isPresent() && container.config().tty()
                ? preparations.retake(container, sized(bundle, size.get()))
                : preparations.take(container, bundle);
    }

    private static Bundle sized(Bundle bundle, WindowSize size) {
        ConsoleSize console = new ConsoleSize(size.rows(), size.columns());
        Spec spec = bundle.spec();
        return new Bundle(spec.with(spec.process().with(console)), bundle.rootfs());
    }

    private void underLock(
            Container found, Deadline deadline, Preparation preparation, Launch launch) {
        try (KeyedLocks.Held _ = state.locks().lock(found.podSandboxId(), deadline)) {
            Container container = state.container(found.id().value());
            PodSandbox pod = state.pod(container.podSandboxId().value());
            requireStartable(pod, container);
            recordStarted(container, launched(pod, container, preparation, launch));
            exits.catchUp(container);
        }
    }

    private int launched(
            PodSandbox pod, Container container, Preparation preparation, Launch launch) {
        try {
            return launch(pod, container, preparation, launch);
        } catch (ServiceException e) {
            settle(container, String.valueOf(e.getMessage()));
            throw e;
        } catch (IOException e) {
            ServiceException failure = Failures.of("start container " + container.id(), e);
            settle(container, String.valueOf(failure.getMessage()));
            throw failure;
        }
    }

    /** Where that cannot be written there has been no start, and the next may succeed. */
    private void recordStarted(Container container, int pid) {
        try {
            state.update(container.id(), status -> status.started(pid, state.clock().now()));
        } catch (ServiceException e) {
            exits.takeBackStart(container);
            throw e;
        }
    }

    private static void requireStartable(PodSandbox pod, Container container) {
        if (container.state() != ContainerState.CREATED) {
            throw new FailedPreconditionException(
                    "container "
                            + container.id()
                            + " is "
                            + container.state()
                            + ", only a CREATED one can be started");
        }
        if (!pod.isReady()) {
            throw new FailedPreconditionException(
                    "pod sandbox " + pod.id() + " is " + pod.state() + ", not READY");
        }
    }

    private int launch(PodSandbox pod, Container container, Preparation preparation, Launch launch)
            throws IOException {
        Bundle bundle = state.bundles().read(container.id());
        Shim shim = shims.get(pod.id());
        ReadyStart ready;
        try (PhaseClock.Running _ = state.phases().begin(Phase.CONTAINER_PREPARE)) {
            ready = preparation.take(container, bundle);
        }
        if (!container.logFile().isEmpty()) {
            Files.createDirectories(Path.of(container.logFile()).resolveSibling("."));
        }
        try (PhaseClock.Running _ = state.phases().begin(Phase.CONTAINER_LAUNCH)) {
            int pid = launch.run(new Start(shim, pod, ready));
            preparations.used(container, bundle);
            return pid;
        }
    }

    /** A start that failed is final, and leaves nothing but the record of it. */
    private void settle(Container container, String message) {
        exits.takeBackStart(container);
        state.update(container.id(), status -> status.startFailed(state.clock().now(), message));
    }

    /** What a start needs. */
    private record Start(Shim shim, PodSandbox pod, ReadyStart ready) {}

    @FunctionalInterface
    private interface Preparation {
        ReadyStart take(Container container, Bundle bundle) throws IOException;
    }

    @FunctionalInterface
    private interface Launch {
        int run(Start start) throws IOException;
    }
}
