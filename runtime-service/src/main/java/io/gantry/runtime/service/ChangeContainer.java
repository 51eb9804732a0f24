package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.Rollback;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.cgroup.LimitRefusedException;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.spec.Limits;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of a container that is there: its limits, the file that its log goes to. */
final class ChangeContainer {

    private static final Logger log = LoggerFactory.getLogger(ChangeContainer.class);

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
        container.requireRunning("reopen the log of");
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
        Bundle before = state.bundles().read(container.id());
        Resources limits = ResourceChanges.apply(before.spec().linux().resources(), changes);
        Bundle after =
                new Bundle(with(before.spec(), limits, oomScoreAdj(changes)), before.rootfs());
        Rollback undo = new Rollback(log);
        try (undo) {
            // Before the kernel: a disk that is full refuses it while nothing has happened yet.
            state.bundles().write(container.id(), after);
            undo.add("write bundle", () -> state.bundles().write(container.id(), before));
            adjust(container, before, after, undo);
            if (limit(container, before, limits)) {
                Resources back = ResourceChanges.back(resources(before), limits);
                undo.add("set limits", () -> cgroups.update(cgroup(container), back));
            }
            state.containers()
                    .update(
                            container.id().value(),
                            now -> now.with(ResourceChanges.merge(now.resources(), changes)));
            undo.commit();
        }
    }

    private static @Nullable Integer oomScoreAdj(LinuxResources changes) {
        return changes.oomScoreAdj() == 0 ? null : Limits.oomScoreAdj(changes);
    }

    /**
     * Has the kernel judge the limits even if there is nothing to be limited yet; false where the
     * start is to make the group, by the bundle.
     */
    private boolean limit(Container container, Bundle before, Resources limits) throws IOException {
        // What was got ready was so for other limits, but its group is there.
        boolean prepared = preparations.drop(container.id()).isPresent();
        if (container.state() == ContainerState.CREATED) {
            if (preparations.makesCgroup(container)) {
                return false;
            }
            if (!prepared) {
                cgroups.create(cgroup(container), resources(before));
            }
        }
        try {
            cgroups.update(cgroup(container), limits);
        } catch (LimitRefusedException e) {
            throw ResourceFields.refusal(container.id(), e);
        }
        return true;
    }

    /** Before the limits, which are all or none by themselves. */
    private void adjust(Container container, Bundle before, Bundle after, Rollback undo)
            throws IOException {
        Integer score = after.spec().process().oomScoreAdj();
        if (container.state() != ContainerState.RUNNING
                || score == null
                || score.equals(before.spec().process().oomScoreAdj())) {
            return;
        }
        for (int pid : cgroups.processes(cgroup(container))) {
            OptionalInt now = HostProcess.oomScoreAdj(pid);
            try {
                HostProcess.setOomScoreAdj(pid, score);
            } catch (IOException e) {
                // To lower it takes CAP_SYS_RESOURCE, which a daemon in a container may lack.
                throw new FailedPreconditionException(
                        "linux.oom_score_adj "
                                + score
                                + " is refused for container "
                                + container.id()
                                + ": "
                                + e.getMessage(),
                        e);
            }
            now.ifPresent(
                    was ->
                            undo.add(
                                    "set oom_score_adj of process " + pid,
                                    () -> HostProcess.setOomScoreAdj(pid, was)));
        }
    }

    private static CgroupPath cgroup(Container container) {
        return new CgroupPath(container.cgroup());
    }

    private static Resources resources(Bundle bundle) {
        return bundle.spec().linux().resources();
    }

    private static Spec with(Spec spec, Resources resources, @Nullable Integer oomScoreAdj) {
        LinuxSpec linux = spec.linux();
        Spec changed = oomScoreAdj == null ? spec : spec.with(spec.process().with(oomScoreAdj));
        return changed.with(
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
                        linux.sysctl(),
                        linux.mountLabel()));
    }
}
