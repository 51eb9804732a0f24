package io.gantry.cri.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.PodManager;
import java.util.List;
import java.util.Optional;

/** Finds containers by what people call them. Thread-safe. */
public final class ContainerLookup {

    private final PodManager pods;
    private final ContainerManager containers;

    public ContainerLookup(PodManager pods, ContainerManager containers) {
        this.pods = pods;
        this.containers = containers;
    }

    /** A container with its pod. */
    public record Found(Container container, PodSandbox pod) {
        public String id() {
            return container.id().value();
        }

        public boolean own() {
            return pod.owner() == PodOwner.GANTRY;
        }
    }

    /**
     * The container of that name, id or unique prefix of an id. A name comes before a prefix.
     *
     * @throws NotFoundException when there is none
     * @throws InvalidArgumentException when it fits several
     */
    public Found get(String nameOrId) {
        if (nameOrId.isEmpty()) {
            throw new InvalidArgumentException("the name or id of a container is missing");
        }
        List<Container> all = containers.list(ContainerFilter.of(null));
        Optional<Found> byName = byName(nameOrId, all);
        if (byName.isPresent()) {
            return byName.get();
        }
        List<Container> byPrefix =
                all.stream().filter(c -> c.id().value().startsWith(nameOrId)).toList();
        if (byPrefix.size() > 1) {
            throw new InvalidArgumentException(
                    "\""
                            + nameOrId
                            + "\" fits "
                            + byPrefix.size()
                            + " containers: give more of the id");
        }
        if (byPrefix.isEmpty()) {
            throw new NotFoundException("no container \"" + nameOrId + "\"");
        }
        Container only = byPrefix.getFirst();
        return new Found(only, pods.get(only.podSandboxId().value()));
    }

    /**
     * As {@link #get}, for a verb that changes the container.
     *
     * @throws FailedPreconditionException when it belongs to the CRI
     */
    public Found getOwn(String nameOrId) {
        Found found = get(nameOrId);
        if (!found.own()) {
            throw new FailedPreconditionException(
                    "container "
                            + found.id()
                            + " belongs to pod "
                            + found.pod().metadata().namespace()
                            + "/"
                            + found.pod().metadata().name()
                            + " of the CRI: change it through the kubelet or crictl");
        }
        return found;
    }

    /** The container of Gantry's own that has exactly this name. */
    Optional<Found> findByName(String name) {
        return byName(name, containers.list(ContainerFilter.of(PodOwner.GANTRY)));
    }

    private Optional<Found> byName(String name, List<Container> among) {
        for (Container container : among) {
            if (container.metadata().name().equals(name)) {
                Optional<PodSandbox> pod = podOf(container);
                if (pod.isPresent() && pod.get().owner() == PodOwner.GANTRY) {
                    return Optional.of(new Found(container, pod.get()));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<PodSandbox> podOf(Container container) {
        try {
            return Optional.of(pods.get(container.podSandboxId().value()));
        } catch (NotFoundException removedMeanwhile) {
            return Optional.empty();
        }
    }
}
