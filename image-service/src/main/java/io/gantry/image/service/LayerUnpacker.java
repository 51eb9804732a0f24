package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.content.Ingest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.layer.LayerApplier;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.service.PullListener.Phase;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Makes layers be here: received, verified, stored and unpacked in one pass. Whoever needs a layer
 * that another is making waits for that. Thread-safe.
 */
final class LayerUnpacker implements LayerMaker {

    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final LayerApplier applier;
    private final Semaphore permits;
    private final KeyedLocks<Digest> making = new KeyedLocks<>();

    /**
     * An unpacker.
     *
     * @param parallel layers that are received and unpacked at once
     */
    LayerUnpacker(
            ContentStore content, Snapshotter snapshotter, LayerApplier applier, int parallel) {
        this.content = content;
        this.snapshotter = snapshotter;
        this.applier = applier;
        this.permits = new Semaphore(parallel, true);
    }

    /** The pull that a layer is made for. */
    record Order(Fetcher fetcher, PullListener listener, Deadline deadline) {}

    /** Waits until the layers below are committed, throwing what they failed with. */
    @FunctionalInterface
    interface Below {
        void await() throws IOException;
    }

    @Override
    public void make(LayerPlan plan, Order order, Below below) throws IOException {
        order.listener.phase(plan.descriptor(), Phase.WAITING);
        try (KeyedLocks.Held _ = making.lock(plan.chainId(), order.deadline)) {
            if (snapshotter.find(plan.chainId()).isEmpty()) {
                unpackAfresh(plan, order, below);
            }
            order.listener.phase(plan.descriptor(), Phase.DONE);
        }
    }

    private void unpackAfresh(LayerPlan plan, Order order, Below below) throws IOException {
        try {
            unpack(plan, order, below);
        } catch (StaleIngestException e) {
            // What an earlier attempt had left was not the beginning of this blob, or a mirror
            // lied.
            unpack(plan, order, below);
        }
    }

    private void unpack(LayerPlan plan, Order order, Below below) throws IOException {
        Path staged = snapshotter.stage();
        boolean committed = false;
        try {
            AppliedLayer applied = applyWithPermit(plan, order, staged);
            if (!applied.diffId().equals(plan.diffId())) {
                throw new DataLossException(
                        "layer "
                                + plan.descriptor().digest()
                                + " unpacks to "
                                + applied.diffId()
                                + ", the image's configuration says "
                                + plan.diffId());
            }
            // Without a permit: a layer below may still be waiting for one.
            below.await();
            snapshotter.commit(staged, plan.chainId(), plan.below(), applied);
            committed = true;
        } finally {
            if (!committed) {
                snapshotter.discard(staged);
            }
        }
    }

    private AppliedLayer applyWithPermit(LayerPlan plan, Order order, Path staged)
            throws IOException {
        String what = "waiting to unpack layer " + plan.descriptor().digest();
        try {
            long nanos = order.deadline.remaining().toNanos();
            if (!permits.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                throw new DeadlineExceededException("deadline exceeded while " + what);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while " + what, e);
        }
        try {
            return apply(plan, order, staged);
        } finally {
            permits.release();
        }
    }

    private AppliedLayer apply(LayerPlan plan, Order order, Path staged) throws IOException {
        Optional<Ingest> opened = content.ingest(plan.descriptor(), order.deadline);
        if (opened.isEmpty()) {
            order.listener.phase(plan.descriptor(), Phase.UNPACKING);
            try (InputStream stored = content.open(plan.descriptor().digest())) {
                return apply(plan, stored, staged);
            }
        }
        order.listener.phase(plan.descriptor(), Phase.RECEIVING);
        try (Ingest ingest = opened.get()) {
            return receive(plan, order, ingest, staged);
        }
    }

    private AppliedLayer receive(LayerPlan plan, Order order, Ingest ingest, Path staged)
            throws IOException {
        boolean resumed = ingest.written() > 0;
        try (IngestingStream arriving =
                new IngestingStream(order.fetcher, ingest, plan.descriptor(), order.listener)) {
            AppliedLayer applied = apply(plan, arriving, staged);
            ingest.commit();
            return applied;
        } catch (DataLossException e) {
            ingest.discard();
            if (resumed || order.fetcher.distrust(plan.descriptor())) {
                throw new StaleIngestException(e);
            }
            throw e;
        }
    }

    private AppliedLayer apply(LayerPlan plan, InputStream blob, Path staged) throws IOException {
        return applier.apply(plan.descriptor().digest().toString(), blob, staged);
    }

    /** A resumed blob turned out wrong: worth one more attempt from its beginning. */
    private static final class StaleIngestException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleIngestException(DataLossException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
