package io.gantry.image.pulls;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.image.content.Digest;
import io.gantry.image.service.PullOrder;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One pull on a thread of its own, from the first that asks for it to the last that leaves. */
final class Pull {

    private final PullOrder order;
    private final Instant started;
    private final PullProgress progress = new PullProgress();
    private final CompletableFuture<PullOutcome> ending = new CompletableFuture<>();
    private int followers = 1;
    private @Nullable Thread thread;

    /** A pull that its maker follows. */
    Pull(PullOrder order, Instant started) {
        this.order = order;
        this.started = started;
    }

    /**
     * Starts it.
     *
     * @param beforeEnd called before anybody learns how it ended
     */
    synchronized void start(Function<PullProgress, PullOutcome> work, Runnable beforeEnd) {
        thread = Tasks.start("pull", () -> run(work, beforeEnd));
    }

    PullOrder order() {
        return order;
    }

    /** Completes when nothing of it runs any more. */
    CompletableFuture<PullOutcome> ending() {
        return ending;
    }

    /** One more follows, unless the last has left. */
    synchronized boolean join() {
        if (followers == 0) {
            return false;
        }
        followers++;
        return true;
    }

    /** One fewer follows; without any, it is cancelled, and over when this returns. */
    void leave() {
        if (leftByAll()) {
            // Not to be interrupted itself: who leaves may well be, for that is why it leaves.
            ending.handle((outcome, failure) -> true).join();
        }
    }

    PullState state() {
        // The end is looked at first: a state that says DONE has all that came before.
        boolean over = ending.isDone();
        PullState.Phase phase =
                over
                        ? PullState.Phase.DONE
                        : progress.isPlanned() ? PullState.Phase.LAYERS : PullState.Phase.RESOLVING;
        Digest digest = progress.root();
        return new PullState(order, started, followers(), phase, digest, progress.layers());
    }

    /** How it ended; for a pull that has. */
    PullOutcome outcome() {
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

    private synchronized int followers() {
        return followers;
    }

    private synchronized boolean leftByAll() {
        followers--;
        if (followers > 0 || ending.isDone()) {
            return false;
        }
        if (thread != null) {
            thread.interrupt();
        }
        return true;
    }

    private void run(Function<PullProgress, PullOutcome> work, Runnable beforeEnd) {
        PullOutcome outcome;
        try {
            outcome = work.apply(progress);
        } catch (Throwable e) {
            beforeEnd.run();
            ending.completeExceptionally(abandoned() ? cancelled(e) : e);
            return;
        }
        beforeEnd.run();
        ending.complete(outcome);
    }

    boolean abandoned() {
        return followers() == 0;
    }

    private CancelledException cancelled(Throwable cause) {
        return new CancelledException(
                "pull of " + order.reference() + " was given up: nobody waits for it", cause);
    }
}
