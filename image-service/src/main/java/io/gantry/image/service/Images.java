package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnavailableException;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.gc.Leases;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.Resolver;
import io.gantry.image.service.LayerUnpacker.Order;
import io.gantry.image.trust.SignaturePolicy;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The image manager on disk. */
final class Images implements ImageManager {

    private static final Logger log = LoggerFactory.getLogger(Images.class);

    private final Origin origin;
    private final PullImage.Stores stores;
    private final LayerUnpacker unpacker;
    private final Collecting collecting;
    private final ImageUsage usage;
    private final KeyedLocks<String> pulling = new KeyedLocks<>();

    /** Where images come from, and which may. */
    record Origin(Resolver resolver, SignaturePolicy policy) {}

    /** What protects and what removes. */
    record Collecting(Leases leases, GarbageCollector collector, Clock clock) {}

    Images(
            Origin origin,
            PullImage.Stores stores,
            LayerUnpacker unpacker,
            Collecting collecting,
            ImageUsage usage) {
        this.origin = origin;
        this.stores = stores;
        this.unpacker = unpacker;
        this.collecting = collecting;
        this.usage = usage;
    }

    @Override
    public Image pull(PullOrder order, PullListener listener, Deadline deadline) {
        ImageReference reference = order.reference();
        try (KeyedLocks.Held _ = pulling.lock(reference.canonical(), deadline)) {
            return pullUnderLease(order, listener, deadline);
        } catch (IOException e) {
            ServiceException failure = Failures.onDisk(usage.root(), "pull " + reference, e);
            removeRemains(failure);
            throw failure;
        } catch (RuntimeException | Error e) {
            removeRemains(e);
            throw e;
        }
    }

    @Override
    public List<Image> list() {
        return stores.catalog().list();
    }

    @Override
    public Optional<Image> find(String nameOrId) {
        return stores.catalog().find(nameOrId);
    }

    @Override
    public void remove(String nameOrId) {
        Optional<Image> image = stores.catalog().find(nameOrId);
        if (image.isEmpty()) {
            return;
        }
        stores.catalog().delete(image.get().id());
        try {
            collecting.collector().collect(Partial.AGE);
        } catch (IOException e) {
            throw Failures.of("remove image " + nameOrId, e);
        }
    }

    @Override
    public FsUsage fsInfo() {
        try {
            return usage.measure();
        } catch (IOException e) {
            throw Failures.of("measure the image file system", e);
        }
    }

    private Image pullUnderLease(PullOrder pull, PullListener listener, Deadline deadline)
            throws IOException {
        try (Leases.Lease lease = collecting.leases().open()) {
            Fetcher fetcher = origin.resolver.open(pull.reference(), pull.credentials(), deadline);
            Order order = new Order(fetcher, listener, deadline);
            return new PullImage(stores, unpacker, collecting.clock(), lease, order, origin.policy)
                    .run(pull);
        }
    }

    /** What the next attempt can use stays, unless there will be none or the disk is full. */
    private static Partial remainsAfter(Throwable failure) {
        return switch (failure) {
            case ResourceExhaustedException _ -> Partial.REMOVE;
            case UnavailableException _, CancelledException _, DeadlineExceededException _ ->
                    Partial.RESUME;
            default -> Partial.AGE;
        };
    }

    /** Also after an interrupt, which would make every file operation fail. */
    private void removeRemains(Throwable failure) {
        boolean interrupted = Thread.interrupted();
        try {
            collecting.collector().collect(remainsAfter(failure));
        } catch (IOException | RuntimeException e) {
            log.atWarn().setCause(e).log("what a failed pull left is not removed yet");
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
