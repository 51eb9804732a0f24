package io.gantry.image.pulls;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.PullOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The pulls that run. Who orders what another has ordered already, with the same credentials, joins
 * that pull. A pull has no deadline of its own: it lives as long as somebody follows it.
 * Thread-safe.
 */
public final class RunningPulls {

    private final ImageManager images;
    private final Clock clock;
    private final Runnable whenIdle;
    private final PullTally tally;
    private final Map<PullOrder, Pull> running = new LinkedHashMap<>();

    /**
     * None yet.
     *
     * @param whenIdle run, on a thread of its own, each time that the last pull has ended
     */
    public RunningPulls(ImageManager images, Clock clock, Runnable whenIdle, PullTally tally) {
        this.images = images;
        this.clock = clock;
        this.whenIdle = whenIdle;
        this.tally = tally;
    }

    /** Follows the pull that is ordered, which is started unless it runs. */
    public synchronized Follower pull(PullOrder order) {
        Pull known = running.get(order);
        if (known != null && known.join()) {
            return new Follower(known);
        }
        Pull pull = new Pull(order, clock.now());
        running.put(order, pull);
        pull.start(progress -> counted(pull, progress), () -> forget(pull));
        return new Follower(pull);
    }

    /**
     * Follows a pull that runs, the latest if several are of that reference.
     *
     * @throws NotFoundException when none is
     */
    public synchronized Follower attach(ImageReference reference) {
        for (Pull pull : List.copyOf(running.values()).reversed()) {
            if (pull.order().reference().equals(reference) && pull.join()) {
                return new Follower(pull);
            }
        }
        throw new NotFoundException("no pull of " + reference + " is running");
    }

    /** How all stand, the oldest first. */
    public synchronized List<PullState> list() {
        return running.values().stream().map(Pull::state).toList();
    }

    private PullOutcome counted(Pull pull, PullProgress progress) {
        long begin = clock.nanoTime();
        PullTally.Result result = PullTally.Result.FAILED;
        try {
            PullOutcome outcome = run(pull.order(), progress);
            result = outcome.upToDate() ? PullTally.Result.UP_TO_DATE : PullTally.Result.PULLED;
            return outcome;
        } finally {
            boolean cancelled = result == PullTally.Result.FAILED && pull.abandoned();
            tally.ended(
                    cancelled ? PullTally.Result.CANCELLED : result,
                    progress.layers().stream().mapToLong(PullState.LayerState::received).sum(),
                    clock.nanoTime() - begin);
        }
    }

    private PullOutcome run(PullOrder order, PullProgress progress) {
        String name = order.reference().canonical();
        Optional<Image> before = images.find(name);
        Image image = images.pull(order, progress, Deadline.never(clock));
        boolean same = before.isPresent() && before.get().id().equals(image.id());
        var root = progress.root();
        return new PullOutcome(
                order.reference(), image, root == null ? image.manifestDigest() : root, same);
    }

    private synchronized void forget(Pull pull) {
        running.remove(pull.order(), pull);
        if (running.isEmpty()) {
            Tasks.start("pulls-idle", whenIdle);
        }
    }
}
