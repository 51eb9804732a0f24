package io.gantry.cri.logging;

import java.util.Optional;

/**
 * The call on whose behalf a thread works; its id goes into every line that the thread logs.
 *
 * @param requestId short and unique for as long as the daemon runs
 */
public record RequestContext(String requestId) {

    private static final ScopedValue<RequestContext> CURRENT = ScopedValue.newInstance();

    /** Runs {@code task} as part of this call. */
    public void run(Runnable task) {
        ScopedValue.where(CURRENT, this).run(task);
    }

    static Optional<RequestContext> current() {
        return CURRENT.isBound() ? Optional.of(CURRENT.get()) : Optional.empty();
    }
}
