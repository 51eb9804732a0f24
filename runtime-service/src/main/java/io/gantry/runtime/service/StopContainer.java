package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.linux.shim.ShimGoneException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.Signal;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a container to end, then makes it. Takes no lock: a stop can wait for minutes, in which
 * another one with less patience, an exec or the exit itself must get through.
 */
final class StopContainer {

    private static final Logger log = LoggerFactory.getLogger(StopContainer.class);
    private static final int ESRCH = 3;
    private static final int EACCES = 13;

    /** How long a killed process may take to vanish before it counts as stuck in the kernel. */
    private static final Duration DYING = Duration.ofSeconds(10);

    /** How long the record of an end may take, when nothing is left of what has ended. */
    private static final Duration RECORDING = Duration.ofSeconds(12);

    private final RuntimeState state;
    private final Shims shims;
    private final CgroupManager cgroups;
    private final Survivors survivors;

    StopContainer(RuntimeState state, Shims shims, CgroupManager cgroups) {
        this.state = state;
        this.shims = shims;
        this.cgroups = cgroups;
        this.survivors = new Survivors(cgroups, ProcFs.SYSTEM);
    }

    void stop(Container container, Duration timeout) {
        if (container.state() != ContainerState.RUNNING) {
            return;
        }
        if (timeout.isPositive()
                && reached(container, container.stopSignal())
                && endsWithin(container, timeout)) {
            return;
        }
        kill(container);
    }

    /**
     * Kills every process of it and waits until they are gone.
     *
     * @throws UnavailableException naming what the kernel does not let go of, or because the end
     *     cannot be recorded; to be tried again
     */
    void kill(Container container) {
        if (container.state() != ContainerState.RUNNING) {
            return;
        }
        if (reached(container, Signal.SIGKILL)) {
            killGroup(container);
        } else {
            killUnreachable(container);
        }
        if (endsWithin(container, DYING)) {
            return;
        }
        if (!survivors.none(container)) {
            throw new UnavailableException(
                    "container "
                            + container.id()
                            + " does not die: "
                            + survivors.describe(container));
        }
        if (!endsWithin(container, RECORDING.minus(DYING))) {
            throw new UnavailableException(
                    "container " + container.id() + " has ended, which is not recorded yet");
        }
    }

    /** Sends a signal to the first process; one that has ended meanwhile is no error. */
    void signal(Container container, Signal signal) {
        try {
            send(container, signal);
        } catch (IOException e) {
            throw failed(container, signal, e);
        }
    }

    /** The same; false when a profile of AppArmor keeps signals away from the process. */
    private boolean reached(Container container, Signal signal) {
        try {
            send(container, signal);
            return true;
        } catch (ShimException e) {
            if (e.errno() == EACCES) {
                return false;
            }
            throw failed(container, signal, e);
        } catch (IOException e) {
            throw failed(container, signal, e);
        }
    }

    private void send(Container container, Signal signal) throws IOException {
        Optional<Shim> shim = shims.find(container.podSandboxId());
        if (shim.isEmpty()) {
            // Whoever noticed that it is gone kills the containers.
            return;
        }
        try {
            shim.get().signal(container.id().value(), signal.number());
        } catch (ShimGoneException e) {
            // It went just now: as above.
            log.atDebug()
                    .addKeyValue("containerId", container.id())
                    .setCause(e)
                    .log("the shim went before it took the signal");
        } catch (ShimException e) {
            if (e.errno() != ESRCH) {
                throw e;
            }
        }
    }

    /** cgroup.kill asks no profile; without it there is no way. */
    private void killUnreachable(Container container) {
        try {
            cgroups.killAll(new CgroupPath(container.cgroup()));
        } catch (IOException e) {
            throw new FailedPreconditionException(
                    "container "
                            + container.id()
                            + " cannot be killed: its AppArmor profile refuses signals; have it say"
                            + " \"signal (receive) peer=unconfined,\"",
                    e);
        }
    }

    /** Kills what the first process started, in whatever session it hides. */
    private void killGroup(Container container) {
        try {
            cgroups.killAll(new CgroupPath(container.cgroup()));
        } catch (IOException e) {
            // The first process is dead, and with a pid namespace of its own so are the others.
            log.atWarn()
                    .addKeyValue("containerId", container.id())
                    .setCause(e)
                    .log("kill by cgroup failed");
        }
    }

    private boolean endsWithin(Container container, Duration time) {
        return state.containers()
                .reaches(
                        container.id().value(),
                        now -> now.state() != ContainerState.RUNNING,
                        Deadline.after(time, state.clock()));
    }

    private static InternalException failed(Container container, Signal signal, IOException e) {
        return new InternalException(
                "send " + signal + " to container " + container.id() + ": " + e.getMessage(), e);
    }
}
