package io.gantry.cri.build;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildCache.PruneOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what builds leave within bounds. Thread-safe. */
public final class CacheLimits {

    private static final Logger log = LoggerFactory.getLogger(CacheLimits.class);

    private final long keepBytes;
    private final Duration keepUnused;
    private final Clock clock;
    private final AtomicBoolean pruning = new AtomicBoolean();

    /**
     * Bounds.
     *
     * @param keepBytes of what was used last; 0: no bound
     * @param keepUnused how long; zero: for ever
     */
    public CacheLimits(long keepBytes, Duration keepUnused, Clock clock) {
        this.keepBytes = keepBytes;
        this.keepUnused = keepUnused;
        this.clock = clock;
    }

    /** Prunes after a build, in the background, one at a time; nobody waits for it. */
    public void afterBuild(BuildCache cache) {
        if (orders().isEmpty() || !pruning.compareAndSet(false, true)) {
            return;
        }
        Tasks.start(
                "build-cache-limits",
                () -> {
                    try {
                        prune(cache);
                    } finally {
                        pruning.set(false);
                    }
                });
    }

    void prune(BuildCache cache) {
        for (PruneOrder order : orders()) {
            try {
                BuildCache.Pruned pruned = cache.prune(order);
                if (!pruned.entries().isEmpty()) {
                    log.atInfo()
                            .addKeyValue("entries", pruned.entries().size())
                            .addKeyValue("bytes", pruned.freedBytes())
                            .log("build cache pruned");
                }
            } catch (ServiceException e) {
                log.atWarn().setCause(e).log("the build cache was not pruned");
            }
        }
    }

    private List<PruneOrder> orders() {
        List<PruneOrder> orders = new ArrayList<>();
        if (!keepUnused.isZero()) {
            Instant since = clock.now().minus(keepUnused);
            orders.add(new PruneOrder(true, Optional.of(since), 0));
        }
        if (keepBytes > 0) {
            orders.add(new PruneOrder(true, Optional.empty(), keepBytes));
        }
        return orders;
    }
}
