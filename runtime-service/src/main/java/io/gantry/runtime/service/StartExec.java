package io.gantry.runtime.service;

import io.gantry.base.Ids;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.Process;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.pod.ShimProcess;
import io.gantry.runtime.spec.ContainerSpecs;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a further process in a container that runs: one message, no lock, nothing on disk. */
final class StartExec {

    private static final Logger log = LoggerFactory.getLogger(StartExec.class);

    private static final int SIGSTOP = 19;

    private final RuntimeState state;
    private final Shims shims;
    private final ContainerSpecs specs;
    private final ProcessLauncher launcher;
    private final ExitWatcher exits;
    private final ProcessTree tree;

    StartExec(
            RuntimeState state,
            Shims shims,
            ContainerSpecs specs,
            ProcessLauncher launcher,
            ExitWatcher exits,
            ProcessTree tree) {
        this.state = state;
        this.shims = shims;
        this.specs = specs;
        this.launcher = launcher;
        this.exits = exits;
        this.tree = tree;
    }

    /**
     * A process of an exec with its streams.
     *
     * @param id by which the shim knows it
     * @param tree kills what it started
     */
    record Started(Container container, String id, Shim shim, ShimStream stream, ProcessTree tree) {

        /** Kills it with all that it started; gives its stream up when the shim does not answer. */
        void kill() {
            try {
                Optional<ProcessStat> seen = ProcFs.SYSTEM.stat(stream.pid());
                if (seen.isPresent()) {
                    // It starts no more, and that it could be stopped says that it was itself: its
                    // pid was nobody else's till now.
                    shim.signal(id, SIGSTOP);
                    tree.killBelow(new ShimProcess(stream.pid(), seen.get().startTime()));
                }
                shim.signal(id, Signal.SIGKILL.number());
            } catch (ShimException e) {
                log.atDebug().addKeyValue("execId", id).setCause(e).log("exec is gone");
            } catch (IOException e) {
                stream.close();
            }
        }
    }

    Started start(ExecRequest request) {
        if (request.command().isEmpty()) {
            throw new InvalidArgumentException("the command to execute is empty");
        }
        Container container = requireRunning(state.container(request.container()), "execute in");
        String id = Ids.random();
        exits.hold(id);
        boolean started = false;
        try {
            Bundle bundle = state.bundleOf(container);
            Process process = specs.exec(container, bundle.spec(), request);
            Shim shim = shims.get(container.podSandboxId());
            ShimStream stream =
                    launcher.exec(shim, container, bundle, id, process, request.stdin());
            started = true;
            return new Started(container, id, shim, stream, tree);
        } catch (IOException e) {
            throw Failures.of("execute in container " + container.id(), e);
        } finally {
            if (!started) {
                exits.abandon(id);
            }
        }
    }

    /** Lets go of a process whose stream is closed. */
    void finish(Started exec) {
        exec.stream().close();
        exits.release(exec.container().podSandboxId(), exec.id());
    }

    static Container requireRunning(Container container, String verb) {
        if (container.state() != ContainerState.RUNNING) {
            throw new FailedPreconditionException(
                    "cannot "
                            + verb
                            + " container "
                            + container.id()
                            + ": it is "
                            + container.state()
                            + ", not RUNNING");
        }
        return container;
    }
}
