package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.NotFoundException;
import io.gantry.linux.security.SelinuxContext;
import io.gantry.linux.security.SelinuxLevels;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.store.Database;
import io.gantry.runtime.store.Records;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What every verb works on: the records, the bundles, the names, and one lock per pod, which
 * whoever makes or removes something in that pod holds.
 */
record RuntimeState(
        Layout layout,
        Records<PodSandbox> pods,
        Records<Container> containers,
        Bundles bundles,
        NameRegistry names,
        KeyedLocks<PodSandboxId> locks,
        PhaseClock phases,
        Clock clock) {

    /** How the level of a pod is called among the names. */
    private static final String LEVEL = "SELinux level ";

    static RuntimeState over(Database database, Layout layout, StartPhases phases, Clock clock) {
        return new RuntimeState(
                layout,
                new Records<>(database, "pod sandbox", PodSandbox.class, pod -> pod.id().value()),
                new Records<>(database, "container", Container.class, c -> c.id().value()),
                new Bundles(layout),
                new NameRegistry(),
                new KeyedLocks<>(),
                new PhaseClock(clock, phases),
                clock);
    }

    /** Publishes what is stored and reserves the names. */
    void load() {
        pods.load();
        containers.load();
        pods.list(pod -> true).forEach(this::reserve);
        containers.list(container -> true).forEach(c -> names.reserve(nameOf(c), c.id().value()));
    }

    private void reserve(PodSandbox pod) {
        names.reserve(nameOf(pod), pod.id().value());
        levelOf(pod).ifPresent(level -> names.reserve(level, pod.id().value()));
    }

    PodSandbox pod(String id) {
        return pods.resolve(id)
                .orElseThrow(() -> new NotFoundException("pod sandbox " + id + " does not exist"));
    }

    Container container(String id) {
        return containers
                .resolve(id)
                .orElseThrow(() -> new NotFoundException("container " + id + " does not exist"));
    }

    List<Container> containersOf(PodSandboxId pod) {
        return containers.list(container -> container.podSandboxId().equals(pod));
    }

    Optional<PodSandbox> update(PodSandboxId id, UnaryOperator<PodSandboxStatus> transition) {
        return pods.update(id.value(), pod -> pod.with(transition.apply(pod.status())));
    }

    Optional<Container> update(ContainerId id, UnaryOperator<ContainerStatus> transition) {
        Optional<Container> now =
                containers.update(
                        id.value(),
                        container -> container.with(transition.apply(container.status())));
        if (isOver(now)) {
            bundles.drop(id);
        }
        return now;
    }

    /** The bundle of a container, kept in memory until that ends. */
    Bundle bundleOf(Container container) {
        Bundle bundle = bundles.keep(container.id());
        // Its end may have come between: then nobody else will drop it.
        if (isOver(containers.find(container.id().value()))) {
            bundles.drop(container.id());
        }
        return bundle;
    }

    private static boolean isOver(Optional<Container> container) {
        return container.filter(c -> c.state() != ContainerState.EXITED).isEmpty();
    }

    void forget(PodSandbox pod) {
        try {
            // One that could not be stored is not there, and a store that fails need not be asked.
            if (pods.find(pod.id().value()).isPresent()) {
                pods.remove(pod.id().value());
            }
        } finally {
            names.release(nameOf(pod), pod.id().value());
            levelOf(pod).ifPresent(level -> names.release(level, pod.id().value()));
        }
    }

    void forget(Container container) {
        containers.remove(container.id().value());
        bundles.drop(container.id());
        names.release(nameOf(container), container.id().value());
    }

    /** The name of the SELinux level of a pod; empty when it has no labels. */
    static Optional<String> levelOf(PodSandbox pod) {
        String label = pod.selinux().mount();
        return label.isEmpty()
                ? Optional.empty()
                : Optional.of(nameOfLevel(SelinuxContext.parse(label).level()));
    }

    /** The same for all spellings of one. */
    static String nameOfLevel(String level) {
        return LEVEL + SelinuxLevels.plain(level);
    }

    static String nameOf(PodSandbox pod) {
        return "pod " + pod.metadata().uniqueName();
    }

    static String nameOf(Container container) {
        return "container "
                + container.metadata().name()
                + "_"
                + Integer.toUnsignedString(container.metadata().attempt())
                + " in "
                + container.podSandboxId();
    }
}
