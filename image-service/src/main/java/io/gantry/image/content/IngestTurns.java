package io.gantry.image.content;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets one ingest of a digest be open at a time. Unlike a lock, a turn may be given back by another
 * thread than the one that took it: an ingest crosses from the network to the unpacking side.
 */
final class IngestTurns {

    private final Map<Digest, Turn> turns = new HashMap<>();

    /** Waits for the turn; whoever gets it calls {@link #leave}. */
    void take(Digest digest, Deadline deadline) {
        Turn turn = join(digest);
        boolean taken = false;
        try {
            taken = turn.permit.tryAcquire(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while waiting for blob " + digest, e);
        } finally {
            if (!taken) {
                part(digest, turn);
            }
        }
        if (!taken) {
            throw new DeadlineExceededException(
                    "deadline exceeded while waiting for another pull of blob " + digest);
        }
    }

    /** Takes the turn if nobody has it or waits for it. */
    boolean tryTake(Digest digest) {
        synchronized (turns) {
            if (turns.containsKey(digest)) {
                return false;
            }
            Turn turn = join(digest);
            return turn.permit.tryAcquire();
        }
    }

    void leave(Digest digest) {
        synchronized (turns) {
            Turn turn = turns.get(digest);
            if (turn == null) {
                throw new IllegalStateException("no turn is taken for " + digest);
            }
            turn.permit.release();
            part(digest, turn);
        }
    }

    private Turn join(Digest digest) {
        synchronized (turns) {
            Turn turn = turns.computeIfAbsent(digest, d -> new Turn());
            turn.users++;
            return turn;
        }
    }

    private void part(Digest digest, Turn turn) {
        synchronized (turns) {
            turn.users--;
            if (turn.users == 0) {
                turns.remove(digest);
            }
        }
    }

    private static final class Turn {
        private final Semaphore permit = new Semaphore(1, true);
        private int users;
    }
}
