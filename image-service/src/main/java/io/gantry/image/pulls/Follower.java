package io.gantry.image.pulls;

import io.gantry.base.Deadline;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits for a pull. Closing leaves it; the last one to leave a pull that runs cancels
 * it, and waits until nothing of it is left. For one thread.
 */
public final class Follower implements AutoCloseable {

    /** As often as a person can read; so often a state is made at most. */
    private static final long INTERVAL_MILLIS = 100;

    private final Pull pull;
    private @Nullable PullState seen;
    private boolean left;

    Follower(Pull pull) {
        this.pull = pull;
    }

    /**
     * Waits until the pull has got further than the state that was returned last, and returns how
     * it stands now. The state of its end is the last one.
     *
     * @return empty after that
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over
     */
    public Optional<PullState> next(Deadline deadline) throws InterruptedException {
        if (seen != null && seen.phase() == PullState.Phase.DONE) {
            return Optional.empty();
        }
        PullState state = pull.state();
        while (state.sameProgress(seen)) {
            waitFor(INTERVAL_MILLIS, deadline);
            state = pull.state();
        }
        if (seen != null && state.phase() != PullState.Phase.DONE) {
            // What comes close together is told together.
            waitFor(INTERVAL_MILLIS, deadline);
            state = pull.state();
        }
        seen = state;
        return Optional.of(state);
    }

    /**
     * Waits for the end.
     *
     * @throws io.gantry.base.error.ServiceException what the pull failed with; see {@link
     *     io.gantry.image.service.ImageManager#pull}
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over
     */
    public PullOutcome await(Deadline deadline) throws InterruptedException {
        boolean over = false;
        while (!over) {
            over = waitFor(deadline.remaining().toMillis() + 1, deadline);
        }
        return pull.outcome();
    }

    @Override
    public void close() {
        if (!left) {
            left = true;
            pull.leave();
        }
    }

    private boolean waitFor(long millis, Deadline deadline) throws InterruptedException {
        deadline.check("pulling " + pull.order().reference());
        long bounded = Math.min(millis, deadline.remaining().toMillis() + 1);
        try {
            Object _ = pull.ending().get(bounded, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return true;
        } catch (TimeoutException e) {
            return false;
        }
        return true;
    }
}
