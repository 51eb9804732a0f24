package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.registry.OutgoingBlob;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Pushes the blobs of one image at once, as far as permits go. The first failure or an interrupt
 * ends them all; nothing of them is running any more when the call returns.
 */
final class ParallelBlobs {

    private final Semaphore permits;
    private final Deadline deadline;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * A push.
     *
     * @param permits for one blob each, over all pushes
     */
    ParallelBlobs(Semaphore permits, Deadline deadline) {
        this.permits = permits;
        this.deadline = deadline;
    }

    /** Does {@code push} with each blob. */
    void each(List<? extends OutgoingBlob> blobs, Consumer<OutgoingBlob> push) {
        try (ExecutorService threads = Tasks.perTask("push")) {
            List<Future<?>> running = new ArrayList<>();
            for (OutgoingBlob blob : blobs) {
                running.add(threads.submit(() -> run(blob, push, threads)));
            }
            await(running, threads);
        }
        rethrow();
    }

    private void run(OutgoingBlob blob, Consumer<OutgoingBlob> push, ExecutorService threads) {
        try {
            withPermit(blob, push);
        } catch (RuntimeException | Error e) {
            if (failure.compareAndSet(null, e)) {
                threads.shutdownNow();
            }
        }
    }

    private void withPermit(OutgoingBlob blob, Consumer<OutgoingBlob> push) {
        String what = "waiting to push blob " + blob.descriptor().digest();
        try {
            long nanos = deadline.remaining().toNanos();
            if (!permits.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                throw new DeadlineExceededException("deadline exceeded while " + what);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while " + what, e);
        }
        try {
            push.accept(blob);
        } finally {
            permits.release();
        }
    }

    private void await(List<Future<?>> running, ExecutorService threads) {
        try {
            for (Future<?> one : running) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, new CancelledException("push was interrupted", e));
            threads.shutdownNow();
        } catch (ExecutionException e) {
            failure.compareAndSet(null, e);
            threads.shutdownNow();
        }
    }

    private void rethrow() {
        switch (failure.get()) {
            case null -> {}
            case ServiceException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new InternalException("pushing blobs failed: " + e, e);
        }
    }
}
