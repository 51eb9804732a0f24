package io.gantry.runtime.service;

import io.gantry.base.Tasks;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxState;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings records and reality together when the runtime starts: adopts what runs, learns what ended
 * meanwhile, takes apart what was half made when the last one died.
 */
final class Reconciler {

    private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
    private static final String RESTARTED = "the machine was restarted";

    private final RuntimeState state;
    private final Shims shims;
    private final ExitWatcher exits;
    private final OverdueExecs overdue;
    private final SandboxTeardown sandboxes;
    private final ContainerTeardown containers;
    private final OciTeardown oci;

    /** Who looks after what runs from now on. */
    record Watchers(Shims shims, ExitWatcher exits, OverdueExecs overdue) {}

    Reconciler(
            RuntimeState state,
            Watchers watchers,
            SandboxTeardown sandboxes,
            ContainerTeardown containers,
            OciTeardown oci) {
        this.state = state;
        this.shims = watchers.shims;
        this.exits = watchers.exits;
        this.overdue = watchers.overdue;
        this.sandboxes = sandboxes;
        this.containers = containers;
        this.oci = oci;
    }

    /** Does it; returns when every record tells the truth. */
    void reconcile(boolean rebooted) {
        try (ExecutorService tasks = Tasks.perTask("reconcile")) {
            for (PodSandbox pod : state.pods().list(any -> true)) {
                tasks.execute(() -> reconcileLogged(pod, rebooted));
            }
        }
        for (Container container : state.containers().list(any -> true)) {
            if (state.pods().find(container.podSandboxId().value()).isEmpty()) {
                undo(container);
            }
        }
    }

    private void reconcileLogged(PodSandbox pod, boolean rebooted) {
        try {
            reconcile(pod, rebooted);
        } catch (RuntimeException e) {
            log.atError()
                    .addKeyValue("podSandboxId", pod.id())
                    .setCause(e)
                    .log("sandbox was not reconciled");
        }
    }

    private void reconcile(PodSandbox pod, boolean rebooted) {
        if (rebooted) {
            outlived(pod);
        } else if (pod.state() != PodSandboxState.CREATING && pod.status().shim() != null) {
            adopt(pod);
        }
        state.containersOf(pod.id()).stream()
                .filter(container -> container.state() == ContainerState.CREATING)
                .forEach(this::undo);
        if (pod.state() == PodSandboxState.CREATING) {
            undo(state.pod(pod.id().value()));
        }
    }

    /** Nothing of a pod outlives the machine but its records. */
    private void outlived(PodSandbox pod) {
        state.update(pod.id(), status -> status.outlived(RESTARTED));
        for (Container container : state.containersOf(pod.id())) {
            if (container.state() != ContainerState.CREATING) {
                state.update(container.id(), status -> status.lost(state.clock().now(), RESTARTED));
            }
        }
    }

    private void adopt(PodSandbox pod) {
        Shim shim;
        List<ProcessEntry> processes;
        try {
            shim = shims.connect(pod.id(), state.layout().sandbox(pod.id()).socket(), exits);
            processes = shim.list();
        } catch (IOException e) {
            abandon(pod, e);
            return;
        }
        Map<String, ProcessEntry> byId = new HashMap<>();
        processes.forEach(process -> byId.put(process.id(), process));
        for (Container container : state.containersOf(pod.id())) {
            adopt(pod, container, byId.remove(container.id().value()));
        }
        for (ProcessEntry process : byId.values()) {
            if (process.state() == ProcessEntry.State.EXITED) {
                exits.exited(pod.id(), process);
            } else if (process.kind() == ProcessEntry.Kind.EXEC) {
                overdue.takeIn(shim, process);
            }
        }
    }

    private void adopt(PodSandbox pod, Container container, @Nullable ProcessEntry process) {
        if (process != null
                && container.state() == ContainerState.CREATED
                && oci.wasCalled(container.id())
                && takenBack(pod, container)) {
            return;
        }
        if (process != null && container.state() == ContainerState.CREATED) {
            // The last runtime died between the start and its record.
            state.update(
                    container.id(), status -> status.started(process.pid(), process.started()));
        }
        if (process == null) {
            if (container.state() == ContainerState.RUNNING) {
                exits.lost(container, "its supervisor does not know it");
            }
        } else if (process.state() == ProcessEntry.State.EXITED) {
            exits.exited(pod.id(), process);
        } else {
            containers.takeIn(container);
        }
    }

    /** A container that an OCI runtime has made, or is making, and that was not started. */
    private boolean takenBack(PodSandbox pod, Container container) {
        try {
            Shim shim = shims.get(pod.id());
            oci.awaitRuntime(shim, container.id());
            if (oci.isStarted(container.id())) {
                return false;
            }
            containers.removeCgroup(container);
            SandboxTeardown.forget(shim, container.id().value(), state.clock());
        } catch (IOException e) {
            log.atWarn()
                    .addKeyValue("containerId", container.id())
                    .setCause(e)
                    .log("container that was not started yet is in the way of its start");
        }
        return true;
    }

    /** The shim of a pod is gone or deaf: ends it and what it supervised. */
    private void abandon(PodSandbox pod, IOException why) {
        log.atWarn()
                .addKeyValue("podSandboxId", pod.id())
                .addKeyValue("reason", why.getMessage())
                .log("shim does not answer");
        try {
            sandboxes.endShim(pod);
        } catch (IOException e) {
            why.addSuppressed(e);
        }
        exits.lost(pod.id());
    }

    private void undo(PodSandbox pod) {
        state.containersOf(pod.id()).forEach(this::undo);
        try {
            // Its shim may run without a record of its pid: ask through the socket first.
            connectQuietly(pod);
            sandboxes.disconnect(pod);
            sandboxes.endShim(pod);
            sandboxes.release(pod);
            sandboxes.removeFiles(pod);
            state.forget(pod);
        } catch (IOException e) {
            state.update(pod.id(), status -> status.notReady("half made: " + e.getMessage()));
        }
    }

    private void connectQuietly(PodSandbox pod) {
        try {
            shims.connect(pod.id(), state.layout().sandbox(pod.id()).socket(), exits);
        } catch (IOException e) {
            log.atDebug().addKeyValue("podSandboxId", pod.id()).setCause(e).log("no shim yet");
        }
    }

    private void undo(Container container) {
        try {
            containers.removeAll(container);
            state.forget(container);
        } catch (IOException e) {
            log.atWarn()
                    .addKeyValue("containerId", container.id())
                    .setCause(e)
                    .log("half made container was not removed");
        }
    }
}
