package io.gantry.image.service;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.service.LayerUnpacker.Order;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Makes the layers of one image at once, on platform threads since inflating and writing are native
 * work. The first failure, an interrupt or the deadline ends them all; nothing of them is running
 * any more when the call returns.
 */
final class ParallelLayers {

    private static final int MAX_THREADS = 8;

    private final LayerMaker maker;
    private final Order order;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    ParallelLayers(LayerMaker maker, Order order) {
        this.maker = maker;
        this.order = order;
    }

    /** Makes all layers that are not here. */
    void make(List<LayerPlan> layers) throws IOException {
        if (layers.isEmpty()) {
            return;
        }
        List<CompletableFuture<Void>> made = new ArrayList<>();
        try (ExecutorService threads =
                Tasks.nativePool("layer", Math.min(MAX_THREADS, layers.size()))) {
            CompletableFuture<Void> below = CompletableFuture.completedFuture(null);
            for (LayerPlan layer : layers) {
                CompletableFuture<Void> under = below;
                CompletableFuture<Void> done = new CompletableFuture<>();
                made.add(done);
                threads.execute(() -> make(layer, under, done));
                below = done;
            }
            awaitAll(made, threads);
        }
        rethrow();
    }

    private void make(
            LayerPlan layer, CompletableFuture<Void> below, CompletableFuture<Void> done) {
        try {
            maker.make(layer, order, () -> await(below));
            done.complete(null);
        } catch (IOException | RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            done.completeExceptionally(e);
        }
    }

    private void await(CompletableFuture<Void> below) throws IOException {
        try {
            below.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while unpacking layers", e);
        } catch (ExecutionException | CancellationException e) {
            throw new IOException("a layer below failed", e);
        }
    }

    private void awaitAll(List<CompletableFuture<Void>> made, ExecutorService threads) {
        try {
            for (CompletableFuture<Void> one : made) {
                one.get(order.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure.compareAndSet(null, new CancelledException("pull was interrupted", e));
            threads.shutdownNow();
        } catch (TimeoutException e) {
            failure.compareAndSet(
                    null, new DeadlineExceededException("deadline exceeded while pulling", e));
            threads.shutdownNow();
        } catch (ExecutionException e) {
            threads.shutdownNow();
        }
    }

    private void rethrow() throws IOException {
        switch (failure.get()) {
            case null -> {}
            case IOException e -> throw e;
            case ServiceException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new InternalException("unpacking failed: " + e, e);
        }
    }
}
