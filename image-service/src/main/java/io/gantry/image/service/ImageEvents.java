package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What happens to images. Whoever does something is never held up by those who listen: one that
 * does not keep up loses the oldest events and is told how many. Thread-safe.
 */
public interface ImageEvents {

    /** What happened. */
    enum Action {
        PULL,
        PUSH,
        LOAD,
        SAVE,
        TAG,
        /** A name was taken off an image, by its removal or because another image got it. */
        UNTAG,
        DELETE,
        /** Once for each {@link DiskAccounts#prune}, without image and name. */
        PRUNE
    }

    /**
     * Something that happened.
     *
     * @param time when it was done
     * @param image id; empty: it concerns none in particular
     * @param name reference that it was about, in full; may be empty
     */
    record Event(Instant time, Action action, Optional<Digest> image, String name) {}

    /**
     * An event as a subscriber gets it.
     *
     * @param lost events before this one that the subscriber has missed
     */
    record Delivery(Event event, long lost) {}

    /** Events from a moment on. Used by one thread at a time. */
    interface Subscription extends AutoCloseable {

        /**
         * Waits for the next event.
         *
         * @return empty when {@code deadline} comes first
         * @throws InterruptedException when the thread is interrupted
         */
        Optional<Delivery> next(Deadline deadline) throws InterruptedException;

        /** Ends it; events are no longer kept for it. */
        @Override
        void close();
    }

    /** The events from now on. */
    Subscription subscribe();

    /** The remembered events from {@code since} on, then those that come. */
    Subscription subscribe(Instant since);

    /** What is remembered: the last events, the oldest first. */
    List<Event> recent();
}
