package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlerFile;
import io.gantry.runtime.oci.OciRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Takes apart what OCI runtimes keep of containers; nothing where none has been called. */
final class OciTeardown {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofMillis(5);

    private final Layout layout;
    private final SandboxMounts mounts;
    private final OciRuntime runtime;
    private final Clock clock;
    private final KeyedLocks<ContainerId> locks = new KeyedLocks<>();

    OciTeardown(Layout layout, SandboxMounts mounts, OciRuntime runtime, Clock clock) {
        this.layout = layout;
        this.mounts = mounts;
        this.runtime = runtime;
        this.clock = clock;
    }

    /** Removes it, of a container whose processes are dead; idempotent. */
    void clear(ContainerId id) throws IOException {
        if (wasCalled(id)) {
            // The container's end, its removal and the pod's stop may all come here at once.
            try (KeyedLocks.Held _ = locks.lock(id, Deadline.after(PATIENCE, clock))) {
                if (wasCalled(id)) {
                    clearHeld(id);
                }
            }
        }
    }

    private void clearHeld(ContainerId id) throws IOException {
        Layout.ContainerFiles files = layout.container(id);
        OciHandler handler = OciHandlerFile.read(files.handler());
        runtime.delete(handler, id.value(), log(files));
        mounts.unmountRoot(files);
        Files.deleteIfExists(layout.console(id.value()));
        // Last: what is left without it is found by nobody.
        Files.deleteIfExists(files.handler());
    }

    /** Whether a runtime has been called for a container, and may keep something of it. */
    boolean wasCalled(ContainerId id) {
        return Files.exists(layout.container(id).handler());
    }

    /** Whether a container that its runtime has made runs its program, or did. */
    boolean isStarted(ContainerId id) {
        Layout.ContainerFiles files = layout.container(id);
        try {
            return runtime.isStarted(OciHandlerFile.read(files.handler()), id.value(), log(files));
        } catch (IOException e) {
            // The runtime does not know it, or no more.
            return false;
        }
    }

    /**
     * Waits until a runtime that is at work in a pod has made a container, or failed.
     *
     * @throws IOException when that takes too long
     */
    void awaitRuntime(Shim shim, ContainerId id) throws IOException {
        Deadline deadline = Deadline.after(PATIENCE, clock);
        while (isCalling(shim, id)) {
            if (deadline.expired()) {
                throw new IOException("the OCI runtime of container " + id + " does not end");
            }
            try {
                clock.sleep(STEP);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while an OCI runtime was at work", e);
            }
        }
    }

    /** Until it hands over the process, it is a copy of the shim that does the calling. */
    private static boolean isCalling(Shim shim, ContainerId id) throws IOException {
        String own = ProcFs.SYSTEM.stat(shim.pid()).map(ProcessStat::comm).orElse("");
        for (ProcessEntry process : shim.list()) {
            if (process.id().equals(id.value()) && process.state() == ProcessEntry.State.RUNNING) {
                return ProcFs.SYSTEM
                        .stat(process.pid())
                        .filter(it -> it.comm().equals(own))
                        .isPresent();
            }
        }
        return false;
    }

    private static Path log(Layout.ContainerFiles files) {
        return files.stateDirectory().resolve("call.log");
    }
}
