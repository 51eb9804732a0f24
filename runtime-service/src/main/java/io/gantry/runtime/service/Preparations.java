package io.gantry.runtime.service;

import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.cgroup.LimitRefusedException;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets containers ready for their start while their clients have yet to ask for it: makes the
 * cgroup and compiles the launch program, a quarter of a start's time. Thread-safe; the lock of its
 * pod keeps what is said of one container in order.
 */
final class Preparations {

    private static final Logger log = LoggerFactory.getLogger(Preparations.class);

    private final CgroupManager cgroups;
    private final ProcessLauncher launcher;

    /** Empty: it failed, and the start will meet the same, or fare better. */
    private final ConcurrentMap<ContainerId, CompletableFuture<Optional<ReadyStart>>> begun =
            new ConcurrentHashMap<>();

    Preparations(CgroupManager cgroups, ProcessLauncher launcher) {
        this.cgroups = cgroups;
        this.launcher = launcher;
    }

    /** Checks that what will start a container can do what its specification asks for. */
    void require(PodSandbox pod, Spec spec) throws IOException {
        launcher.require(pod, spec);
    }

    /** Begins; from now on {@link #take} or {@link #drop} must follow. */
    void begin(Container container, Bundle bundle) {
        CompletableFuture<Optional<ReadyStart>> ready = new CompletableFuture<>();
        begun.put(container.id(), ready);
        Tasks.start("prepare-" + container.id(), () -> ready.complete(attempt(container, bundle)));
    }

    private Optional<ReadyStart> attempt(Container container, Bundle bundle) {
        try {
            return Optional.of(make(container, bundle));
        } catch (IOException | RuntimeException e) {
            // Whatever it is: a start that waits for this must not wait for ever.
            return Optional.empty();
        }
    }

    private ReadyStart make(Container container, Bundle bundle) throws IOException {
        if (!makesCgroup(container)) {
            try {
                cgroups.create(
                        new CgroupPath(container.cgroup()), bundle.spec().linux().resources());
            } catch (LimitRefusedException e) {
                throw ResourceFields.refusal(container.id(), e);
            }
        }
        return launcher.ready(container, bundle);
    }

    /** Whether the start itself makes the cgroup: there is none before. */
    boolean makesCgroup(Container container) {
        return launcher.makesCgroup(container);
    }

    /** What was begun, or the same made now; the container's cgroup is there. */
    ReadyStart take(Container container, Bundle bundle) throws IOException {
        Optional<ReadyStart> ready = drop(container.id()).filter(ReadyStart::isCurrent);
        return ready.isPresent() ? ready.get() : make(container, bundle);
    }

    /** What is made now for another bundle than what was begun; the cgroup is there. */
    ReadyStart retake(Container container, Bundle other) throws IOException {
        return drop(container.id()).isPresent()
                ? launcher.ready(container, other)
                : make(container, other);
    }

    /** Says that the container runs. */
    void used(Container container, Bundle bundle) {
        CgroupPath group = new CgroupPath(container.cgroup());
        cgroups.occupied(group);
        if (makesCgroup(container)) {
            keepLimits(group, bundle);
        }
    }

    /** What a runtime limits by the group's files alone, systemd would undo. */
    private void keepLimits(CgroupPath group, Bundle bundle) {
        try {
            cgroups.update(group, bundle.spec().linux().resources());
        } catch (IOException | ServiceException e) {
            // It may have ended already. The limits are those of the runtime, in any case.
            log.atDebug().addKeyValue("cgroup", group).setCause(e).log("limits are not kept");
        }
    }

    /** Forgets what was begun, once it touches nothing any more. */
    Optional<ReadyStart> drop(ContainerId id) {
        CompletableFuture<Optional<ReadyStart>> ready = begun.remove(id);
        return ready == null ? Optional.empty() : ready.join();
    }
}
