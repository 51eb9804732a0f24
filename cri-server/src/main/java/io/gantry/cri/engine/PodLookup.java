package io.gantry.cri.engine;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.PodManager;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Finds pods by what people call them or their containers. Thread-safe. */
public final class PodLookup {

    private final PodManager pods;
    private final ContainerManager containers;

    public PodLookup(PodManager pods, ContainerManager containers) {
        this.pods = pods;
        this.containers = containers;
    }

    /**
     * The pod of that id, name, namespace and name as {@code default/web}, or unique prefix of an
     * id; or the pod of a container by its id or a prefix. A name comes before a prefix; of several
     * with one name the one that is ready is meant. A container of Gantry's own has its pod's name.
     *
     * @throws NotFoundException when there is none
     * @throws InvalidArgumentException when it fits several
     */
    public PodSandbox get(String name) {
        if (name.isEmpty()) {
            throw new InvalidArgumentException("the name or id of a pod is missing");
        }
        List<PodSandbox> all = pods.list(PodSandboxFilter.of(null));
        List<PodSandbox> named = all.stream().filter(pod -> isNamed(pod, name)).toList();
        List<PodSandbox> fitting = named.isEmpty() ? byPrefix(all, name) : named;
        List<PodSandbox> ready = fitting.stream().filter(PodSandbox::isReady).toList();
        List<PodSandbox> meant = ready.isEmpty() ? fitting : ready;
        if (meant.isEmpty()) {
            throw new NotFoundException("no pod or container \"" + name + "\"");
        }
        if (meant.size() > 1) {
            throw new InvalidArgumentException(
                    "\"" + name + "\" fits " + meant.size() + " pods: give more of the id");
        }
        return meant.getFirst();
    }

    private static boolean isNamed(PodSandbox pod, String name) {
        String own = pod.metadata().name();
        return own.equals(name) || (pod.metadata().namespace() + "/" + own).equals(name);
    }

    private List<PodSandbox> byPrefix(List<PodSandbox> all, String prefix) {
        Set<PodSandboxId> fitting = new HashSet<>();
        for (Container container : containers.list(ContainerFilter.of(null))) {
            if (container.id().value().startsWith(prefix)) {
                fitting.add(container.podSandboxId());
            }
        }
        Predicate<PodSandbox> fits =
                pod -> pod.id().value().startsWith(prefix) || fitting.contains(pod.id());
        return all.stream().filter(fits).toList();
    }
}
