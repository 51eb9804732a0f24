package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.Trees;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.spec.ContainerSpecs;
import io.gantry.runtime.task.TaskOutput;
import io.gantry.runtime.task.TaskRequest;
import io.gantry.runtime.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a command in a pod as a container without a record. Its directory has the form of a
 * container's, so that the sweep at start finds it, its cgroup and its processes.
 */
final class RunTask implements TaskManager {

    private static final Logger log = LoggerFactory.getLogger(RunTask.class);

    private final RuntimeState state;
    private final Shims shims;
    private final CgroupManager cgroups;
    private final ContainerSpecs specs;
    private final ProcessLauncher launcher;
    private final CgroupNames names;
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    RunTask(
            RuntimeState state,
            Shims shims,
            CgroupManager cgroups,
            ContainerSpecs specs,
            ProcessLauncher launcher,
            CgroupNames names) {
        this.state = state;
        this.shims = shims;
        this.cgroups = cgroups;
        this.specs = specs;
        this.launcher = launcher;
        this.names = names;
    }

    /** A task under way. */
    private record Running(
            ContainerId id, Layout.ContainerFiles files, CgroupPath cgroup, Shim shim) {}

    @Override
    public TaskResult run(TaskRequest request, TaskOutput output, Deadline deadline) {
        PodSandbox pod = state.pod(request.pod().value());
        ContainerId id = new ContainerId(Ids.random());
        Running task =
                new Running(
                        id,
                        state.layout().container(id),
                        names.of(id.value()),
                        shims.get(pod.id()));
        // Before there is anything: what has no record and is not known here is nobody's.
        running.add(id.value());
        try {
            return run(task, pod, request, output, deadline);
        } catch (IOException e) {
            throw Failures.of("run " + request.command().args().getFirst(), e);
        } finally {
            clear(task);
            running.remove(id.value());
        }
    }

    /** Whether an id is that of a task under way. */
    boolean isRunning(String id) {
        return running.contains(id);
    }

    private TaskResult run(
            Running task, PodSandbox pod, TaskRequest request, TaskOutput output, Deadline deadline)
            throws IOException {
        Files.createDirectories(task.files.rootfs());
        Spec spec = specs.task(pod, task.id, request, task.cgroup.value());
        cgroups.create(task.cgroup, spec.linux().resources());
        Bundle bundle = new Bundle(spec, request.files().rootfs());
        CountDownLatch over = new CountDownLatch(1);
        try (ShimStream stream =
                launcher.task(task.shim, task.id, bundle, request.files().inMemory())) {
            cgroups.occupied(task.cgroup);
            Tasks.start("task-timeout-" + task.id, () -> watch(task, over, deadline));
            int code = pump(stream, output);
            if (deadline.expired()) {
                throw new DeadlineExceededException(
                        "command " + request.command().args() + " did not end in time");
            }
            return new TaskResult(code, code != 0 && cgroups.oomKills(task.cgroup) > 0);
        } finally {
            over.countDown();
        }
    }

    private static int pump(ShimStream stream, TaskOutput output) throws IOException {
        try {
            for (Optional<ShimStream.Event> event = stream.next();
                    event.isPresent();
                    event = stream.next()) {
                switch (event.get()) {
                    case ShimStream.Output it -> output.write(it.fd() == 2, it.bytes());
                    case ShimStream.Exited it -> {
                        return it.entry().exitCode();
                    }
                }
            }
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancelledException("interrupted while a command ran", e);
            }
            throw e;
        }
        throw new UnavailableException("the supervisor of the command is gone");
    }

    /** Kills the task when its time is over; what reads its stream sees it end. */
    private void watch(Running task, CountDownLatch over, Deadline deadline) {
        try {
            if (!over.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                cgroups.killAll(task.cgroup);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            warn(task, "command out of time was not killed", e);
        }
    }

    /** On a thread of its own, which nobody interrupts: the caller's may be, and more than once. */
    private void clear(Running task) {
        CompletableFuture<Boolean> cleared = new CompletableFuture<>();
        Tasks.start(
                "task-end-" + task.id,
                () -> {
                    try {
                        attempt(task, "processes were not killed", () -> kill(task));
                        attempt(task, "cgroup was not removed", () -> cgroups.remove(task.cgroup));
                        attempt(
                                task,
                                "files were not removed",
                                () -> Trees.delete(task.files.stateDirectory()));
                    } finally {
                        cleared.complete(true);
                    }
                });
        boolean _ = cleared.join();
    }

    private void kill(Running task) throws IOException {
        cgroups.killAll(task.cgroup);
        SandboxTeardown.forget(task.shim, task.id.value(), state.clock());
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void attempt(Running task, String failure, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            warn(task, failure, e);
        }
    }

    private static void warn(Running task, String what, IOException e) {
        log.atWarn().addKeyValue("taskId", task.id).setCause(e).log(what);
    }
}
