package io.gantry.image.build.engine;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import java.util.concurrent.TimeUnit;

/** The right to execute a step, given back when closed. */
final class Permit implements AutoCloseable {

    private final BuildRun run;

    private Permit(BuildRun run) {
        this.run = run;
    }

    static Permit take(BuildRun run, String what) {
        try {
            long nanos = run.deadline().remaining().toNanos();
            if (!run.permits().tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                throw new DeadlineExceededException("deadline exceeded while waiting for " + what);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while waiting for " + what, e);
        }
        return new Permit(run);
    }

    @Override
    public void close() {
        run.permits().release();
    }
}
