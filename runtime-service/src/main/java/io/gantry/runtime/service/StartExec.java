package io.gantry.runtime.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.Process;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.spec.ContainerSpecs;
import java.io.IOException;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a further process in a container that runs: one message, no lock, nothing on disk. */
final class StartExec {

    private static final Logger log = LoggerFactory.getLogger(StartExec.class);

    private final RuntimeState state;
    private final Shims shims;
    private final ContainerSpecs specs;
    private final ProcessLauncher launcher;
    private final ExitWatcher exits;
    private final KillExec killer;

    StartExec(
            RuntimeState state,
            Shims shims,
            ContainerSpecs specs,
            ProcessLauncher launcher,
            ExitWatcher exits,
            KillExec killer) {
        this.state = state;
        this.shims = shims;
        this.specs = specs;
        this.launcher = launcher;
        this.exits = exits;
        this.killer = killer;
    }

    /**
     * A process of an exec with its streams.
     *
     * @param id by which the shim knows it
     * @param killer of it and what it started
     */
    record Started(Container container, String id, Shim shim, ShimStream stream, KillExec killer) {

        /** Kills it with all that it started; gives its stream up when the shim does not answer. */
        void kill() {
            try {
                killer.kill(shim, id, stream.pid());
            } catch (ShimException e) {
                log.atDebug().addKeyValue("execId", id).setCause(e).log("exec is gone");
            } catch (IOException e) {
                stream.close();
            }
        }
    }

    /** Starts one; it may run for ever. */
    Started start(ExecRequest request) {
        return start(request, ExecId.endless());
    }

    /** Starts one that is to be gone by then, even when this daemon does not live to see it. */
    Started start(ExecRequest request, Instant end) {
        return start(request, ExecId.until(end));
    }

    private Started start(ExecRequest request, String id) {
        if (request.command().isEmpty()) {
            throw new InvalidArgumentException("the command to execute is empty");
        }
        Container container = state.container(request.container()).requireRunning("execute in");
        exits.hold(id);
        boolean started = false;
        try {
            Bundle bundle = state.bundleOf(container);
            Process process = specs.exec(container, bundle.spec(), request);
            Shim shim = shims.get(container.podSandboxId());
            ShimStream stream =
                    launcher.exec(shim, container, bundle, id, process, request.stdin());
            started = true;
            return new Started(container, id, shim, stream, killer);
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
}
