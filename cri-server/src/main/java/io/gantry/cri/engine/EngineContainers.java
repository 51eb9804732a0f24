package io.gantry.cri.engine;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.KeyedLocks;
import io.gantry.base.Rollback;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.cri.engine.ContainerLookup.Found;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.PodManager;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes and removes Gantry's own containers, each with its pod and its log. Thread-safe. */
public final class EngineContainers {

    private static final Logger log = LoggerFactory.getLogger(EngineContainers.class);

    private static final int NAME_ATTEMPTS = 20;
    private static final int UID_DIGITS = 32;
    private static final Duration CLEANUP = Duration.ofMinutes(1);

    private final PodManager pods;
    private final ContainerManager containers;
    private final ContainerLookup lookup;
    private final ImageResolver images;
    private final LogDirectories logs;
    private final Clock clock;
    private final KeyedLocks<String> names = new KeyedLocks<>();

    public EngineContainers(
            PodManager pods,
            ContainerManager containers,
            ContainerLookup lookup,
            ImageResolver images,
            LogDirectories logs,
            Clock clock) {
        this.pods = pods;
        this.containers = containers;
        this.lookup = lookup;
        this.images = images;
        this.logs = logs;
        this.clock = clock;
    }

    /** A container that was made. */
    public record Created(ContainerId id, PodSandboxId pod, String name) {}

    /**
     * Makes a container in a pod of its own; nothing is left when that fails.
     *
     * @throws NotFoundException when the image is not here
     * @throws AlreadyExistsException when the name is in use
     */
    public Created create(ContainerRequest request, Deadline deadline) throws IOException {
        requireImage(request.image());
        String name = request.name().isEmpty() ? freeName() : request.name();
        ContainerNames.check(name);
        try (KeyedLocks.Held _ = names.lock(name, deadline)) {
            requireFree(name);
            return create(request, name, deadline);
        }
    }

    /**
     * Removes a container with its pod and its log.
     *
     * @param force whether one that runs is killed
     * @throws FailedPreconditionException when it runs and is not to be killed
     */
    public String remove(String nameOrId, boolean force, Deadline deadline) throws IOException {
        Found found = lookup.getOwn(nameOrId);
        if (!force && found.container().state() == ContainerState.RUNNING) {
            throw new FailedPreconditionException(
                    "container \""
                            + found.container().metadata().name()
                            + "\" is running: stop it first, or force its removal");
        }
        removePod(found.pod(), deadline);
        return found.id();
    }

    /** At start: removes what pods that are gone, or never got a container, left. */
    public void sweep() throws IOException {
        for (PodSandbox pod : pods.list(PodSandboxFilter.of(PodOwner.GANTRY))) {
            if (isEmpty(pod)) {
                log.atInfo().addKeyValue("podSandboxId", pod.id()).log("removing an empty pod");
                removePod(pod, Deadline.after(CLEANUP, clock));
            }
        }
        Set<String> live =
                pods.list(PodSandboxFilter.of(PodOwner.GANTRY)).stream()
                        .map(pod -> pod.metadata().uid())
                        .collect(Collectors.toSet());
        logs.sweep(live);
    }

    private Created create(ContainerRequest request, String name, Deadline deadline)
            throws IOException {
        String uid = Ids.random().substring(0, UID_DIGITS);
        try (Rollback undo = new Rollback(log)) {
            undo.add("remove log directory", () -> logs.remove(uid));
            var config = RequestConfigs.pod(request, name, uid, logs.create(uid));
            PodSandboxId pod = pods.run(PodOwner.GANTRY, config, "", deadline);
            undo.add(
                    "remove pod " + pod,
                    () -> pods.remove(pod.value(), Deadline.after(CLEANUP, clock)));
            ContainerId id =
                    containers.create(
                            pod.value(), RequestConfigs.container(request, name), deadline);
            undo.commit();
            return new Created(id, pod, name);
        }
    }

    private void removePod(PodSandbox pod, Deadline deadline) throws IOException {
        pods.remove(pod.id().value(), deadline);
        logs.remove(pod.metadata().uid());
    }

    private boolean isEmpty(PodSandbox pod) {
        return containers
                .list(
                        new io.gantry.runtime.container.ContainerFilter(
                                null, "", pod.id().value(), null, java.util.Map.of()))
                .isEmpty();
    }

    private void requireImage(String image) {
        if (images.find(image).isEmpty()) {
            throw new NotFoundException(
                    "image \"" + image + "\" is not here: pull it first (gantry pull)");
        }
    }

    private void requireFree(String name) {
        lookup.findByName(name)
                .ifPresent(
                        other -> {
                            throw new AlreadyExistsException(
                                    "container name \""
                                            + name
                                            + "\" is in use by container "
                                            + other.id());
                        });
    }

    private String freeName() {
        RandomGenerator random = RandomGenerator.getDefault();
        for (int i = 0; i < NAME_ATTEMPTS; i++) {
            String name = ContainerNames.random(random);
            if (lookup.findByName(name).isEmpty()) {
                return name;
            }
        }
        return ContainerNames.random(random) + "-" + Ids.random().substring(0, 8);
    }
}
