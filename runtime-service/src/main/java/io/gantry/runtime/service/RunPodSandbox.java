package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.Rollback;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.syscall.NoSpace;
import io.gantry.runtime.bundle.SandboxFiles;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlerFile;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.ShimProcess;
import io.gantry.runtime.service.StartPhases.Phase;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a pod: name, intent, files, cgroup, shim, network, in this order; all taken back when one
 * fails. A client that lost patience and asks again gets the pod that its first request made.
 */
final class RunPodSandbox {

    private static final Logger log = LoggerFactory.getLogger(RunPodSandbox.class);

    private static final Duration NETWORK_TIMEOUT = Duration.ofMinutes(2);

    private final RuntimeState state;
    private final SandboxFiles files;
    private final CgroupManager cgroups;
    private final SandboxLauncher launcher;
    private final Connections connections;
    private final SandboxTeardown teardown;

    RunPodSandbox(
            RuntimeState state,
            SandboxFiles files,
            CgroupManager cgroups,
            Connections connections,
            SandboxLauncher launcher,
            SandboxTeardown teardown) {
        this.state = state;
        this.files = files;
        this.cgroups = cgroups;
        this.launcher = launcher;
        this.connections = connections;
        this.teardown = teardown;
    }

    /** What a pod is connected to: its shim, who listens to that, and the network. */
    record Connections(Shims shims, Shims.Listener listener, PodNetwork network) {}

    /**
     * Makes one.
     *
     * @param handler of its containers; empty: the default
     */
    PodSandboxId run(PodSandbox wanted, Optional<OciHandler> handler, Deadline deadline) {
        String name = RuntimeState.nameOf(wanted);
        try (KeyedLocks.Held _ = state.locks().lock(wanted.id(), deadline)) {
            String holder = state.names().reserve(name, wanted.id().value());
            if (holder.equals(wanted.id().value())) {
                make(wanted, handler);
                return wanted.id();
            }
            return awaitOther(wanted, new PodSandboxId(holder), deadline);
        }
    }

    /** Another request holds the name: the same one, sent again, gets what that one makes. */
    private PodSandboxId awaitOther(PodSandbox wanted, PodSandboxId holder, Deadline deadline) {
        try (KeyedLocks.Held _ = state.locks().lock(holder, deadline)) {
            Optional<PodSandbox> found = state.pods().find(holder.value());
            if (found.isPresent() && found.get().isReady() && sameRequest(wanted, found.get())) {
                return holder;
            }
            throw new AlreadyExistsException(
                    RuntimeState.nameOf(wanted)
                            + " is held by pod sandbox "
                            + holder
                            + found.map(pod -> ", which is " + pod.state() + " or differs")
                                    .orElse(", which is being removed"));
        }
    }

    private static boolean sameRequest(PodSandbox wanted, PodSandbox found) {
        return found.owner() == wanted.owner()
                && found.runtimeHandler().equals(wanted.runtimeHandler())
                && found.config().equals(sinceUpdated(wanted.config(), found.config()));
    }

    /** A request as it would be had it known of the updates of resources since. */
    private static PodSandboxConfig sinceUpdated(PodSandboxConfig wanted, PodSandboxConfig now) {
        return wanted.with(now.overhead(), now.resources());
    }

    private void make(PodSandbox pod, Optional<OciHandler> handler) {
        Rollback undo = new Rollback(log);
        try (undo) {
            state.pods().put(pod);
            makeSteps(pod, handler, undo);
            undo.commit();
        } catch (IOException e) {
            settle(pod, undo, e);
            throw Failures.of("run pod sandbox " + pod.id(), e);
        } catch (ServiceException e) {
            settle(pod, undo, e);
            throw e;
        }
    }

    private void makeSteps(PodSandbox pod, Optional<OciHandler> handler, Rollback undo)
            throws IOException {
        undo.add("remove files", () -> teardown.removeFiles(pod));
        writeFiles(pod, handler);
        undo.add("unmount, remove cgroup", () -> teardown.release(pod));
        try (PhaseClock.Running _ = begin(Phase.SANDBOX_CGROUP)) {
            cgroups.create(new CgroupPath(pod.cgroup()), Resources.none());
        }
        ShimProcess shim;
        try (PhaseClock.Running _ = begin(Phase.SANDBOX_LAUNCH)) {
            shim = launcher.launch(pod);
        }
        undo.add("end shim", () -> teardown.endShim(current(pod)));
        cgroups.occupied(new CgroupPath(pod.cgroup()));
        state.update(pod.id(), status -> status.launched(shim));
        connections
                .shims()
                .connect(
                        pod.id(),
                        state.layout().sandbox(pod.id()).socket(),
                        connections.listener());
        PodNetworkStatus addresses = connect(pod, undo);
        files.nameAddresses(pod, addresses.ips());
        state.update(pod.id(), status -> supervised(pod, status).ready(addresses));
    }

    private void writeFiles(PodSandbox pod, Optional<OciHandler> handler) throws IOException {
        try (PhaseClock.Running _ = begin(Phase.SANDBOX_FILES)) {
            files.create(pod);
            if (handler.isPresent()) {
                OciHandlerFile.write(state.layout().sandbox(pod.id()).handler(), handler.get());
            }
        } catch (IOException e) {
            // Who finds no room is not told where by the system.
            throw NoSpace.causes(e)
                    ? new IOException(
                            "the file system of " + state.layout().state() + " is full", e)
                    : e;
        }
    }

    /** Whoever noticed that the shim is gone has said so by then. */
    private static PodSandboxStatus supervised(PodSandbox pod, PodSandboxStatus status) {
        if (status.state() == PodSandboxState.NOTREADY) {
            throw new UnavailableException(
                    "run pod sandbox " + pod.id() + ": it is lost already: " + status.reason());
        }
        return status;
    }

    private PodNetworkStatus connect(PodSandbox pod, Rollback undo) throws IOException {
        if (pod.config().namespaces().hostNetwork()) {
            return PodNetworkStatus.none();
        }
        state.update(pod.id(), PodSandboxStatus::attaching);
        undo.add("disconnect", () -> teardown.disconnect(current(pod)));
        // Not the client's deadline: what it asks for again later is then ready.
        Deadline deadline = Deadline.after(NETWORK_TIMEOUT, state.clock());
        try (PhaseClock.Running _ = begin(Phase.SANDBOX_NETWORK)) {
            return connections
                    .network()
                    .add(pod, state.layout().sandbox(pod.id()).netns(), deadline);
        }
    }

    private PhaseClock.Running begin(Phase phase) {
        return state.phases().begin(phase);
    }

    /**
     * After a failure: nothing is left to be remembered, or what is left is for a client to see.
     */
    private void settle(PodSandbox pod, Rollback undo, Exception failure) {
        if (undo.failures().isEmpty()) {
            try {
                state.forget(pod);
            } catch (ServiceException e) {
                // What is left is a record of nothing, which a client sees and removes.
                failure.addSuppressed(e);
            }
            return;
        }
        String reason =
                failure.getMessage() + "; left behind: " + String.join("; ", undo.failures());
        state.update(pod.id(), status -> status.notReady(reason));
    }

    private PodSandbox current(PodSandbox pod) {
        return state.pods().find(pod.id().value()).orElse(pod);
    }
}
