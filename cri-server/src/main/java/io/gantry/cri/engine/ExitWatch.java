package io.gantry.cri.engine;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.service.ContainerManager;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for containers to exit, once for all who ask, and then removes those that are to go: all
 * who waited learn of the exit before. Thread-safe.
 */
public final class ExitWatch {

    private static final Logger log = LoggerFactory.getLogger(ExitWatch.class);

    private static final Duration REMOVAL = Duration.ofMinutes(2);

    private final ContainerManager containers;
    private final EngineContainers engine;
    private final Clock clock;
    private final ConcurrentHashMap<String, CompletableFuture<Container>> watches =
            new ConcurrentHashMap<>();

    public ExitWatch(ContainerManager containers, EngineContainers engine, Clock clock) {
        this.containers = containers;
        this.engine = engine;
        this.clock = clock;
    }

    /** At start: takes up again the containers that are to go once they have exited. */
    public void resume() {
        for (Container container : containers.list(ContainerFilter.of(PodOwner.GANTRY))) {
            boolean started = container.state() != ContainerState.CREATED;
            if (started && EngineAnnotations.removedOnExit(container)) {
                arm(container.id().value());
            }
        }
    }

    /**
     * Makes sure that the exit of a container is seen.
     *
     * @param id whole
     */
    public void arm(String id) {
        watches.computeIfAbsent(id, this::watch);
    }

    /**
     * Waits until a container has exited.
     *
     * @param id whole
     * @throws ServiceException as {@link ContainerManager#awaitExit}
     */
    public Container await(String id) throws InterruptedException {
        try {
            return watches.computeIfAbsent(id, this::watch).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServiceException failure) {
                throw failure;
            }
            throw new IllegalStateException("cannot wait for container " + id, e.getCause());
        }
    }

    private CompletableFuture<Container> watch(String id) {
        CompletableFuture<Container> exit = new CompletableFuture<>();
        Tasks.start("exit-watch", () -> run(id, exit));
        return exit;
    }

    private void run(String id, CompletableFuture<Container> exit) {
        try {
            Container exited = containers.awaitExit(id, Deadline.never(clock));
            exit.complete(exited);
            if (EngineAnnotations.removedOnExit(exited)) {
                engine.remove(id, true, Deadline.after(REMOVAL, clock));
            }
        } catch (ServiceException | IOException e) {
            if (!exit.completeExceptionally(e)) {
                log.atWarn().addKeyValue("containerId", id).setCause(e).log("removal failed");
            }
        } finally {
            watches.remove(id);
        }
    }
}
