package io.gantry.cri.grpc;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.PodManager;
import java.util.Optional;

/**
 * Keeps the CRI to the pods that were made through it: for a kubelet, Gantry's own are not there.
 */
final class CriOwnership {

    private final PodManager pods;
    private final ContainerManager containers;

    CriOwnership(PodManager pods, ContainerManager containers) {
        this.pods = pods;
        this.containers = containers;
    }

    /** The whole id of a sandbox; empty when there is none. */
    Optional<String> findPod(String id) {
        try {
            return Optional.of(getPod(id).id().value());
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    /** A sandbox by its whole id, also one that is only being made. */
    Optional<PodSandbox> findAnyPod(String id) {
        return pods.find(id).filter(pod -> pod.owner() == PodOwner.CRI);
    }

    PodSandbox getPod(String id) {
        checkGiven("pod_sandbox_id", id);
        PodSandbox pod = pods.get(id);
        if (pod.owner() != PodOwner.CRI) {
            throw new NotFoundException("pod sandbox \"" + id + "\" not found");
        }
        return pod;
    }

    /** The whole id of a container; empty when there is none. */
    Optional<String> findContainer(String id) {
        try {
            return Optional.of(getContainer(id).id().value());
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    Container getContainer(String id) {
        checkGiven("container_id", id);
        Container container = containers.get(id);
        if (!ofCri(container)) {
            throw new NotFoundException("container \"" + id + "\" not found");
        }
        return container;
    }

    private boolean ofCri(Container container) {
        try {
            return pods.get(container.podSandboxId().value()).owner() == PodOwner.CRI;
        } catch (NotFoundException removedMeanwhile) {
            return false;
        }
    }

    private static void checkGiven(String field, String id) {
        if (id.isEmpty()) {
            throw new InvalidArgumentException(field + " is missing");
        }
    }
}
