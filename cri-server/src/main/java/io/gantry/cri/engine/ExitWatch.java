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
import java.util.concurrent.CountDownLatch;
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
    private final ConcurrentHashMap<String, Watch> watches = new ConcurrentHashMap<>();

    /** One container's exit, known also after the container is gone. */
    public static final class Watch {

        private final String id;
        private final CompletableFuture<Container> exit = new CompletableFuture<>();
        private final CountDownLatch over = new CountDownLatch(1);

        private Watch(String id) {
            this.id = id;
        }

        /**
         * Waits until the container has exited.
         *
         * @throws ServiceException as {@link ContainerManager#awaitExit}
         */
        public Container await() throws InterruptedException {
            try {
                return exit.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof ServiceException failure) {
                    throw failure;
                }
                throw new IllegalStateException("cannot wait for container " + id, e.getCause());
            }
        }

        /** As {@link #await}, and then until a container that is to go is gone, or cannot go. */
        public Container awaitRemoval() throws InterruptedException {
            Container exited = await();
            over.await();
            return exited;
        }
    }

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
    public Watch arm(String id) {
        return watches.computeIfAbsent(id, this::watch);
    }

    private Watch watch(String id) {
        Watch watch = new Watch(id);
        Tasks.start("exit-watch", () -> run(watch));
        return watch;
    }

    private void run(Watch watch) {
        try {
            Container exited = containers.awaitExit(watch.id, Deadline.never(clock));
            watch.exit.complete(exited);
            if (EngineAnnotations.removedOnExit(exited)) {
                engine.remove(watch.id, true, Deadline.after(REMOVAL, clock));
            }
        } catch (ServiceException | IOException e) {
            if (!watch.exit.completeExceptionally(e)) {
                log.atWarn().addKeyValue("containerId", watch.id).setCause(e).log("removal failed");
            }
        } finally {
            watches.remove(watch.id);
            watch.over.countDown();
        }
    }
}
