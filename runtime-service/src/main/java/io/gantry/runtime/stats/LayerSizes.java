package io.gantry.runtime.stats;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.ContainerId;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sizes of what containers have written, each remembered for a while: to measure one is to walk
 * over all its files. It is done when somebody asks and the last time is long ago, by one thread at
 * a time, and so seldom that the walks take no more than a fiftieth of the time. Thread-safe.
 */
final class LayerSizes {

    private static final Logger log = LoggerFactory.getLogger(LayerSizes.class);

    /** A size is good for so long, or longer if it took long to find out. */
    static final Duration AGE = Duration.ofSeconds(30);

    static final int REST = 50;

    /** How long the first who asks may have to wait. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final RootfsProvider rootfs;
    private final Clock clock;
    private final Map<ContainerId, Measured> sizes = new ConcurrentHashMap<>();

    /** Those under way; its own lock guards it. */
    private final Map<ContainerId, CompletableFuture<Optional<LayerUsage>>> walks = new HashMap<>();

    private final Semaphore walkers = new Semaphore(1);

    LayerSizes(RootfsProvider rootfs, Clock clock) {
        this.rootfs = rootfs;
        this.clock = clock;
    }

    private record Measured(Optional<LayerUsage> size, long atNanos, long tookNanos) {

        boolean isFresh(long nowNanos) {
            return nowNanos - atNanos < Math.max(AGE.toNanos(), tookNanos * REST);
        }
    }

    /** The last known size, which may be measured anew meanwhile; empty while there is none. */
    Optional<LayerUsage> of(ContainerId container) {
        Measured known;
        CompletableFuture<Optional<LayerUsage>> walk;
        // A walk is seen under way or done: else one that ends just now would be begun again.
        synchronized (walks) {
            known = sizes.get(container);
            if (known != null && known.isFresh(clock.nanoTime())) {
                return known.size();
            }
            walk = walks.computeIfAbsent(container, this::begin);
        }
        return known == null ? await(walk) : known.size();
    }

    /** Forgets all others. */
    void retain(Set<ContainerId> containers) {
        sizes.keySet().retainAll(containers);
    }

    private CompletableFuture<Optional<LayerUsage>> begin(ContainerId container) {
        CompletableFuture<Optional<LayerUsage>> walk = new CompletableFuture<>();
        Tasks.start("measure-" + container, () -> walk(container, walk));
        return walk;
    }

    private void walk(ContainerId container, CompletableFuture<Optional<LayerUsage>> walk) {
        walkers.acquireUninterruptibly();
        long begin = clock.nanoTime();
        Optional<LayerUsage> size = Optional.empty();
        try {
            size = rootfs.usage(container);
        } catch (IOException | ServiceException e) {
            log.atDebug().addKeyValue("containerId", container).setCause(e).log("not measured");
        } finally {
            walkers.release();
            long now = clock.nanoTime();
            synchronized (walks) {
                sizes.put(container, new Measured(size, now, now - begin));
                walks.remove(container);
            }
            walk.complete(size);
        }
    }

    private static Optional<LayerUsage> await(CompletableFuture<Optional<LayerUsage>> walk) {
        try {
            return walk.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
