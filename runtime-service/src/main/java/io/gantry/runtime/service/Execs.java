package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.InternalException;
import io.gantry.linux.shim.AttachRequest;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.ShimStream;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.pod.PodOwner;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** The facade of what runs beside the first process of a container. */
final class Execs implements ExecManager {

    private final RuntimeState state;
    private final Shims shims;
    private final StartExec startExec;
    private final ExecSync execSync;
    private final BacklogRoom backlogs = BacklogRoom.standard();
    private volatile boolean leaving;

    Execs(RuntimeState state, Shims shims, StartExec startExec, ExecSync execSync) {
        this.state = state;
        this.shims = shims;
        this.startExec = startExec;
        this.execSync = execSync;
    }

    @Override
    public ExecResult execSync(
            String container, List<String> command, Duration timeout, Deadline deadline) {
        return execSync.run(container, command, timeout, deadline);
    }

    @Override
    public ProcessStream exec(ExecRequest request) {
        StartExec.Started exec = startExec.start(request);
        return new ShimProcessStream(exec.stream(), () -> kill(exec), () -> startExec.finish(exec));
    }

    private void kill(StartExec.Started exec) {
        if (!leaving) {
            exec.kill();
        }
    }

    @Override
    public void leave() {
        leaving = true;
    }

    @Override
    public ProcessStream attach(String container, boolean stdin, boolean output) {
        Container target = state.container(container).requireRunning("attach to");
        boolean waits = state.pod(target.podSandboxId().value()).owner() == PodOwner.GANTRY;
        AttachRequest request =
                new AttachRequest(
                        target.id().value(), stdin && target.config().stdin(), output, waits);
        try {
            ShimStream stream = shims.get(target.podSandboxId()).attach(request);
            ProcessStream joined = new ShimProcessStream(stream, () -> {}, () -> {});
            return waits ? joined : BackloggedStream.of(joined, target.id(), backlogs);
        } catch (IOException e) {
            throw new InternalException(
                    "attach to container " + target.id() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public List<ExecInfo> list(String container) {
        Container target = state.container(container);
        if (target.state() != ContainerState.RUNNING) {
            return List.of();
        }
        try {
            return shims.get(target.podSandboxId()).list().stream()
                    .filter(process -> isExecIn(target, process))
                    .map(p -> new ExecInfo(p.id(), p.pid(), p.started()))
                    .toList();
        } catch (IOException e) {
            throw new InternalException(
                    "list the commands of container " + target.id() + ": " + e.getMessage(), e);
        }
    }

    private static boolean isExecIn(Container container, ProcessEntry process) {
        return process.kind() == ProcessEntry.Kind.EXEC
                && process.target().equals(container.id().value())
                && process.state() == ProcessEntry.State.RUNNING;
    }
}
