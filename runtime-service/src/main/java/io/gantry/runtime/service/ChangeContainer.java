package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.LinuxResources;
import java.io.IOException;

/** Changes of a container that is there: its limits, the file that its log goes to. */
final class ChangeContainer {

    private final RuntimeState state;
    private final Shims shims;
    private final CgroupManager cgroups;
    private final Preparations preparations;

    ChangeContainer(
            RuntimeState state, Shims shims, CgroupManager cgroups, Preparations preparations) {
        this.state = state;
        this.shims = shims;
        this.cgroups = cgroups;
        this.preparations = preparations;
    }

    void reopenLog(Container container) {
        StartExec.requireRunning(container, "reopen the log of");
        if (container.logFile().isEmpty()) {
            throw new FailedPreconditionException("container " + container.id() + " has no log");
        }
        try {
            shims.get(container.podSandboxId()).reopenLog(container.id().value());
        } catch (IOException e) {
            throw new InternalException(
                    "reopen log " + container.logFile() + ": " + e.getMessage(), e);
        }
    }

    void updateResources(Container found, LinuxResources changes, Deadline deadline) {
        try (KeyedLocks.Held _ = state.locks().lock(found.podSandboxId(), deadline)) {
            Container container = state.container(found.id().value());
            if (container.state() == ContainerState.EXITED) {
                throw new FailedPreconditionException(
                        "container " + container.id() + " has exited");
            }
            apply(container, changes);
        } catch (IOException e) {
            throw new InternalException(
                    "update resources of container " + found.id() + ": " + e.getMessage(), e);
        }
    }

    private void apply(Container container, LinuxResources changes) throws IOException {
        Bundle bundle = state.bundles().read(container.id());
        Resources before = bundle.spec().linux().resources();
        Resources after = ResourceChanges.apply(before, changes);
        if (container.state() == ContainerState.RUNNING) {
            try {
                cgroups.update(new CgroupPath(container.cgroup()), after);
            } catch (IOException e) {
                // All or nothing: what the kernel took of it before it refused goes back.
                restore(container, before, e);
                throw e;
            }
        }
        // Made for other limits; the start makes it anew.
        preparations.drop(container.id());
        state.bundles()
                .write(container.id(), new Bundle(with(bundle.spec(), after), bundle.rootfs()));
        state.containers()
                .update(
                        container.id().value(),
                        now -> now.with(ResourceChanges.merge(now.resources(), changes)));
    }

    private void restore(Container container, Resources before, IOException failure) {
        try {
            cgroups.update(new CgroupPath(container.cgroup()), before);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static Spec with(Spec spec, Resources resources) {
        LinuxSpec linux = spec.linux();
        return new Spec(
                spec.process(),
                spec.root(),
                spec.hostname(),
                spec.mounts(),
                spec.annotations(),
                new LinuxSpec(
                        linux.namespaces(),
                        linux.uidMappings(),
                        linux.gidMappings(),
                        linux.devices(),
                        linux.cgroupsPath(),
                        resources,
                        linux.seccomp(),
                        linux.rootfsPropagation(),
                        linux.maskedPaths(),
                        linux.readonlyPaths(),
                        linux.sysctl()));
    }
}
