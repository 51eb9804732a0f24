package io.gantry.cri.grpc;

import io.gantry.base.Tasks;
import io.gantry.cri.logging.RequestContext;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Work of a call on a thread of its own, while the call's thread tells the client how it goes.
 * Closing interrupts it and waits until it has ended.
 */
final class Background<T> implements AutoCloseable {

    private final CompletableFuture<T> ending = new CompletableFuture<>();
    private final Thread thread;

    private Background(String name, Supplier<T> work) {
        RequestContext request = CallContext.request();
        this.thread = Tasks.start(name, () -> request.run(() -> run(work)));
    }

    static <T> Background<T> start(String name, Supplier<T> work) {
        return new Background<>(name, work);
    }

    /** Waits for the end so long; false when it goes on. */
    boolean endsWithin(long millis) throws InterruptedException {
        try {
            T _ = ending.get(millis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        }
        return true;
    }

    /** What came of it, or throws what it failed with; for work that has ended. */
    T result() {
        try {
            return ending.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw e;
            }
        }
    }

    @Override
    public void close() {
        if (!ending.isDone()) {
            thread.interrupt();
            // Not to be interrupted itself: it is closed because the call was.
            boolean _ = ending.handle((outcome, failure) -> true).join();
        }
    }

    private void run(Supplier<T> work) {
        try {
            ending.complete(work.get());
        } catch (Throwable e) {
            ending.completeExceptionally(e);
        }
    }
}
