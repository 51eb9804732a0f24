package io.gantry.runtime.service;

import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.linux.security.SelinuxLevels;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.spec.Labels;
import java.util.ArrayList;
import java.util.List;

/**
 * Labels the pods that are to be made. A level of categories is one pod's until that is removed;
 * only one that clients ask for may be that of several. The records tell after a restart.
 */
final class PodLabels {

    private static final int TRIES = 1000;

    private final RuntimeState state;
    private final Labels labels;
    private final SelinuxLevels levels;

    PodLabels(RuntimeState state, Labels labels, SelinuxLevels levels) {
        this.state = state;
        this.labels = labels;
        this.levels = levels;
    }

    /**
     * The pod with its labels.
     *
     * @throws io.gantry.base.error.InvalidArgumentException when the policy does not know them
     * @throws ResourceExhaustedException when there are pods of nearly all levels
     */
    PodSandbox labelled(PodSandbox pod) {
        List<String> taken = new ArrayList<>();
        try {
            PodSandbox labelled =
                    pod.with(labels.ofPod(pod.config(), () -> reserve(pod.id().value(), taken)));
            taken.clear();
            return labelled;
        } finally {
            taken.forEach(level -> state.names().release(name(level), pod.id().value()));
        }
    }

    /** Gives back what a pod has that was not made after all. */
    void releaseUnlessMade(PodSandbox pod) {
        if (state.pods().find(pod.id().value()).isEmpty()) {
            RuntimeState.levelOf(pod)
                    .ifPresent(level -> state.names().release(level, pod.id().value()));
        }
    }

    private String reserve(String id, List<String> taken) {
        for (int i = 0; i < TRIES; i++) {
            String level = levels.any();
            if (isFree(level) && state.names().reserve(name(level), id).equals(id)) {
                taken.add(level);
                return level;
            }
        }
        throw new ResourceExhaustedException("the SELinux levels of two categories are all taken");
    }

    /**
     * Those that clients asked for are reserved by one pod at most, and used by more, or by a
     * container alone.
     */
    private boolean isFree(String level) {
        String name = name(level);
        return state.pods()
                        .list(pod -> RuntimeState.levelOf(pod).filter(name::equals).isPresent())
                        .isEmpty()
                && state.containers().list(container -> name.equals(asked(container))).isEmpty();
    }

    private static String asked(Container container) {
        return name(container.config().security().selinux().level());
    }

    private static String name(String level) {
        return RuntimeState.nameOfLevel(level);
    }
}
