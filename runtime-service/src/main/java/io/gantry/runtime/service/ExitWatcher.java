package io.gantry.runtime.service;

import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what shims report into the status of containers and pods. Thread-safe. */
final class ExitWatcher implements Shims.Listener {

    private static final Logger log = LoggerFactory.getLogger(ExitWatcher.class);

    private final RuntimeState state;
    private final Shims shims;
    private final CgroupManager cgroups;
    private final ContainerTeardown teardown;

    private static final Duration STORE_PAUSE = Duration.ofSeconds(1);

    /** Ends that came before the start they belong to was published. */
    private final ConcurrentMap<ContainerId, Exit> early = new ConcurrentHashMap<>();

    /** Execs whose streams a client here still reads; their entries are that client's. */
    private final Set<String> held = ConcurrentHashMap.newKeySet();

    ExitWatcher(
            RuntimeState state, Shims shims, CgroupManager cgroups, ContainerTeardown teardown) {
        this.state = state;
        this.shims = shims;
        this.cgroups = cgroups;
        this.teardown = teardown;
    }

    /**
     * How a container ended.
     *
     * @param pid of its first process; another one's is not its end, as that of one which an OCI
     *     runtime had made and never started
     */
    record Exit(int pid, int code, Instant at) {}

    @Override
    public void exited(PodSandboxId pod, ProcessEntry process) {
        if (process.kind() == ProcessEntry.Kind.EXEC) {
            if (!held.contains(process.id())) {
                forget(pod, process.id());
            }
            return;
        }
        if (process.kind() == ProcessEntry.Kind.REAPER) {
            // Ended with its pod, or else took the containers along, which are told of themselves.
            log.atDebug().addKeyValue("podSandboxId", pod).log("reaper ended");
            return;
        }
        patiently(() -> apply(new ContainerId(process.id()), exit(process)));
    }

    /**
     * What has happened is told once, and is true whether or not it can be recorded now: tries
     * until it can. Without a record, a container would run for ever.
     */
    private void patiently(Runnable recording) {
        for (boolean told = false; ; told = true) {
            try {
                recording.run();
                return;
            } catch (StoreException | UnavailableException | ResourceExhaustedException e) {
                // It cannot be written, another program keeps it locked, or there is no room.
                if (!told) {
                    log.atWarn().setCause(e).log("end cannot be recorded, tried again");
                }
            }
            try {
                state.clock().sleep(STORE_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private Exit exit(ProcessEntry process) {
        return new Exit(
                process.pid(),
                process.exitCode(),
                process.finished().orElseGet(state.clock()::now));
    }

    /** The entry of that exec stays until {@link #release}. */
    void hold(String exec) {
        held.add(exec);
    }

    /** Nobody reads the stream of that exec any more. */
    void release(PodSandboxId pod, String exec) {
        held.remove(exec);
        forget(pod, exec);
    }

    /** There is no such exec after all. */
    void abandon(String exec) {
        held.remove(exec);
    }

    /** Publishes what happened to a container before its start was published. */
    void catchUp(Container container) {
        Exit exit = early.remove(container.id());
        if (exit != null && exit.pid() == state.container(container.id().value()).status().pid()) {
            apply(container.id(), exit);
        } else if (shims.find(container.podSandboxId()).isEmpty()) {
            // Whoever noticed that the shim is gone could not see that this one runs.
            lost(state.container(container.id().value()), "shim lost");
        }
    }

    /** Publishes how a container ended, then clears what it left. */
    void apply(ContainerId id, Exit exit) {
        Optional<Container> found = state.containers().find(id.value());
        if (found.isEmpty()) {
            return;
        }
        boolean oomKilled = oomKilled(found.get(), exit);
        Optional<Container> now =
                state.update(
                        id,
                        status -> {
                            if (status.state() == ContainerState.CREATED) {
                                // Its start is under way and will catch up under the same lock.
                                early.put(id, exit);
                            }
                            return status.state() == ContainerState.RUNNING
                                            && status.pid() == exit.pid()
                                    ? status.exited(exit.code(), exit.at(), oomKilled)
                                    : status;
                        });
        now.filter(container -> container.state() == ContainerState.EXITED).ifPresent(this::clear);
    }

    /**
     * The shim of a pod is gone with all that it knew: kills what it supervised, and publishes what
     * its records still tell.
     */
    @Override
    public void lost(PodSandboxId id) {
        log.atWarn().addKeyValue("podSandboxId", id).log("shim lost");
        patiently(() -> recordLoss(id));
    }

    private void recordLoss(PodSandboxId id) {
        Optional<PodSandbox> pod = state.update(id, status -> status.notReady("shim lost"));
        if (pod.isEmpty()) {
            return;
        }
        for (Container container : state.containersOf(id)) {
            if (container.state() == ContainerState.RUNNING) {
                lost(container, "shim lost");
            }
        }
    }

    /** Publishes the end of a container that nobody supervises any more. */
    void lost(Container container, String why) {
        clear(container);
        Optional<Exit> recorded =
                recorded(container).filter(exit -> exit.pid() == container.status().pid());
        if (recorded.isPresent() && container.state() == ContainerState.RUNNING) {
            apply(container.id(), recorded.get());
        } else {
            state.update(container.id(), status -> status.lost(state.clock().now(), why));
        }
    }

    private Optional<Exit> recorded(Container container) {
        try {
            return ProcessEntry.readRecord(state.layout().container(container.id()).exitRecord())
                    .map(this::exit);
        } catch (IOException e) {
            warn(container, "exit record is unreadable", e);
            return Optional.empty();
        }
    }

    private boolean oomKilled(Container container, Exit exit) {
        if (exit.code() == 0) {
            return false;
        }
        try {
            return cgroups.oomKills(new CgroupPath(container.cgroup())) > 0;
        } catch (IOException e) {
            warn(container, "oom count is unreadable", e);
            return false;
        }
    }

    /** Ends what a container left running and removes its cgroup. */
    void clear(Container container) {
        try {
            teardown.removeCgroup(container);
        } catch (IOException e) {
            // Removing the container tries again, and fails loudly.
            warn(container, "cgroup was not removed", e);
        }
    }

    /** Takes back a start that could not be recorded; its process is gone afterwards. */
    void takeBackStart(Container container) {
        try {
            teardown.takeBackStart(container);
        } catch (IOException e) {
            warn(container, "start was not taken back", e);
        }
    }

    private void forget(PodSandboxId pod, String exec) {
        Optional<Shim> shim = shims.find(pod);
        if (shim.isEmpty()) {
            return;
        }
        try {
            shim.get().forget(exec);
        } catch (IOException e) {
            log.atDebug().addKeyValue("execId", exec).setCause(e).log("exec was not forgotten");
        }
    }

    private static void warn(Container container, String what, IOException e) {
        log.atWarn().addKeyValue("containerId", container.id()).setCause(e).log(what);
    }
}
