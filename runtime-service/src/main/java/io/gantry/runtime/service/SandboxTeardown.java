package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.SandboxFiles;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.time.Duration;

/**
 * The steps that take a sandbox apart. Each is idempotent and serves stopping, removing, the undo
 * of a failed start, and the sweep after a crash alike.
 */
final class SandboxTeardown {

    private static final int ESRCH = 3;
    private static final int EBUSY = 16;
    private static final Duration NETWORK_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration REAPING = Duration.ofSeconds(5);
    private static final Duration REAPING_STEP = Duration.ofMillis(2);

    private final RuntimeState state;
    private final Shims shims;
    private final CgroupManager cgroups;
    private final SandboxMounts mounts;
    private final SandboxFiles files;
    private final PodNetwork network;

    SandboxTeardown(
            RuntimeState state,
            Shims shims,
            CgroupManager cgroups,
            SandboxMounts mounts,
            SandboxFiles files,
            PodNetwork network) {
        this.state = state;
        this.shims = shims;
        this.cgroups = cgroups;
        this.mounts = mounts;
        this.files = files;
        this.network = network;
    }

    /** Gives the addresses of a pod back. */
    void disconnect(PodSandbox pod) throws IOException {
        if (pod.status().networkAttached()) {
            network.remove(
                    pod, layout(pod).netns(), Deadline.after(NETWORK_TIMEOUT, state.clock()));
        }
    }

    /** Ends the shim: by asking it, or by force when it does not listen. */
    void endShim(PodSandbox pod) throws IOException {
        Shim shim = shims.take(pod.id()).orElse(null);
        if (shim != null) {
            try (shim) {
                endReaper(shim);
                shutDown(shim, state.clock());
                return;
            } catch (IOException e) {
                // Whatever is wrong with it, force helps.
            }
        }
        ShimProcess process = pod.status().shim();
        if (process != null) {
            HostProcess.killIfSame(process);
        }
        cgroups.killAll(new CgroupPath(pod.cgroup()));
    }

    private static void endReaper(Shim shim) throws IOException {
        for (ProcessEntry process : shim.list()) {
            if (process.kind() == ProcessEntry.Kind.REAPER
                    && process.state() == ProcessEntry.State.RUNNING) {
                shim.signal(process.id(), Signal.SIGKILL.number());
            }
        }
    }

    /** Removes what is left once nothing of the pod runs any more. */
    void release(PodSandbox pod) throws IOException {
        mounts.unmountAll(layout(pod));
        cgroups.remove(new CgroupPath(pod.cgroup()));
    }

    /** Removes the files of a pod that is stopped. */
    void removeFiles(PodSandbox pod) throws IOException {
        files.remove(pod);
    }

    /** Ends a shim whose processes are dead or dying. */
    static void shutDown(Shim shim, Clock clock) throws IOException {
        onceReaped(shim::shutdown, clock);
    }

    /** Has a shim drop a process that is dead or dying, once it is reaped; unknown is success. */
    static void forget(Shim shim, String id, Clock clock) throws IOException {
        try {
            onceReaped(() -> shim.forget(id), clock);
        } catch (ShimException e) {
            if (e.errno() != ESRCH) {
                throw e;
            }
        }
    }

    /** A request that a shim refuses while processes run. */
    private interface Request {
        void send() throws IOException;
    }

    private static void onceReaped(Request request, Clock clock) throws IOException {
        Deadline deadline = Deadline.after(REAPING, clock);
        while (true) {
            try {
                request.send();
                return;
            } catch (ShimException e) {
                // Killed processes are busy until they are reaped, which takes a moment.
                if (e.errno() != EBUSY || deadline.expired()) {
                    throw e;
                }
                pause(clock);
            }
        }
    }

    private static void pause(Clock clock) throws IOException {
        try {
            clock.sleep(REAPING_STEP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the shim", e);
        }
    }

    private Layout.Sandbox layout(PodSandbox pod) {
        return state.layout().sandbox(pod.id());
    }
}
