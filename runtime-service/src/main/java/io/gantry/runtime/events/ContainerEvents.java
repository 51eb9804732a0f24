package io.gantry.runtime.events;

import io.gantry.base.Deadline;
import java.util.Optional;

/**
 * The events of pods and containers, those of one pod in the order in which they happened. Nothing
 * waits for those who listen. While nobody does, the last events are kept for whoever comes next:
 * so a client that the end of a daemon cut off learns what the next one found. Thread-safe.
 */
public interface ContainerEvents {

    /** Events from its beginning on. Used by one thread at a time. */
    interface Subscription extends AutoCloseable {

        /**
         * Waits for the next event.
         *
         * @return empty when {@code deadline} comes first
         * @throws io.gantry.base.error.UnavailableException when there are no more: all ended
         * @throws InterruptedException when the thread is interrupted
         * @throws io.gantry.base.error.ResourceExhaustedException when it was dropped because it
         *     did not keep up; nothing more comes then
         */
        Optional<ContainerEvent> next(Deadline deadline) throws InterruptedException;

        /** Ends it; events are no longer kept for it. */
        @Override
        void close();
    }

    /** The events from now on, and before them those that nobody was there for. */
    Subscription subscribe();

    /**
     * The events from now on, for an onlooker: what is kept for those who subscribe stays theirs,
     * and goes on being kept.
     */
    Subscription watch();

    /** Ends all subscriptions, those that come later too. */
    void end();

    /** How many listen, onlookers left out. */
    int subscribers();

    /** How many subscriptions were dropped so far, because they did not keep up. */
    long dropped();
}
