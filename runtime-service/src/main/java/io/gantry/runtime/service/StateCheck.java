package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.Finding;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Compares records with what is there, in both directions. A pod that lacks something cannot be
 * made whole again, nor can a container: a repair has the record say so, upon which whoever owns it
 * makes another.
 */
final class StateCheck {

    /** How long a verb that works on a pod is waited for; after that the pod is left out. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RuntimeState state;
    private final Shims shims;
    private final ExitWatcher exits;
    private final SandboxTeardown sandboxes;
    private final RootfsProvider rootfs;
    private final Sweeper sweeper;

    StateCheck(
            RuntimeState state,
            Shims shims,
            ExitWatcher exits,
            SandboxTeardown sandboxes,
            RootfsProvider rootfs,
            Sweeper sweeper) {
        this.state = state;
        this.shims = shims;
        this.exits = exits;
        this.sandboxes = sandboxes;
        this.rootfs = rootfs;
        this.sweeper = sweeper;
    }

    List<Finding> run(boolean repair) {
        Findings findings = new Findings(repair);
        for (PodSandbox pod : state.pods().list(PodSandbox::isReady)) {
            findings.look("pod sandbox " + pod.id(), () -> look(pod, findings));
        }
        sweeper.find(findings);
        if (repair) {
            sweeper.collect(findings);
        }
        return findings.all();
    }

    private void look(PodSandbox listed, Findings findings) throws IOException {
        Deadline deadline = Deadline.after(PATIENCE, state.clock());
        try (KeyedLocks.Held _ = state.locks().lock(listed.id(), deadline)) {
            Optional<PodSandbox> pod =
                    state.pods().find(listed.id().value()).filter(PodSandbox::isReady);
            if (pod.isPresent()) {
                lookAtHeld(pod.get(), findings);
            }
        } catch (DeadlineExceededException e) {
            findings.add(
                    "sandbox",
                    listed.id().value(),
                    "is being worked on for " + PATIENCE.toSeconds() + " seconds",
                    () -> {
                        throw e;
                    });
        }
    }

    private void lookAtHeld(PodSandbox pod, Findings findings) throws IOException {
        Optional<String> problem = problem(pod);
        if (problem.isPresent()) {
            findings.add(
                    "sandbox", pod.id().value(), problem.get(), () -> giveUp(pod, problem.get()));
            return;
        }
        Set<ContainerId> roots = Set.copyOf(rootfs.list());
        for (Container container : state.containersOf(pod.id())) {
            problem(container, roots)
                    .ifPresent(
                            why ->
                                    findings.add(
                                            "container",
                                            container.id().value(),
                                            why,
                                            () -> giveUp(container, why)));
        }
    }

    private Optional<String> problem(PodSandbox pod) throws IOException {
        Layout.Sandbox files = state.layout().sandbox(pod.id());
        if (!Files.isDirectory(files.directory())) {
            return Optional.of("its directory is gone");
        }
        if (shims.find(pod.id()).isEmpty()) {
            return Optional.of("its shim is gone");
        }
        if (!pod.config().namespaces().hostNetwork() && !isPinned(files.netns())) {
            return Optional.of("its network namespace is not pinned any more");
        }
        if (!pod.config().namespaces().idMappings().isEmpty() && !isPinned(files.userns())) {
            return Optional.of("its user namespace is not pinned any more");
        }
        return Optional.empty();
    }

    /** A file at which a namespace is pinned is of the kernel's file system of namespaces. */
    private static boolean isPinned(Path pin) throws IOException {
        return Files.exists(pin) && Files.getFileStore(pin).type().equals("nsfs");
    }

    private Optional<String> problem(Container container, Set<ContainerId> roots) {
        boolean needed =
                container.state() == ContainerState.CREATED
                        || container.state() == ContainerState.RUNNING;
        if (needed && !Files.exists(state.layout().container(container.id()).spec())) {
            return Optional.of("its specification is gone");
        }
        if (needed && !roots.contains(container.id())) {
            return Optional.of("its root file system is gone");
        }
        return Optional.empty();
    }

    private void giveUp(PodSandbox pod, String why) throws IOException {
        state.update(pod.id(), status -> status.notReady(why));
        for (Container container : state.containersOf(pod.id())) {
            giveUp(container, why);
        }
        sandboxes.endShim(pod);
    }

    private void giveUp(Container container, String why) {
        if (container.state() == ContainerState.RUNNING) {
            exits.lost(container, why);
        } else if (container.state() == ContainerState.CREATED) {
            exits.clear(container);
            state.update(container.id(), status -> status.startFailed(state.clock().now(), why));
        }
    }
}
