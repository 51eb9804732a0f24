package io.gantry.image.registry;

import io.gantry.base.error.ServiceException;
import java.io.IOException;
import java.time.Duration;

/** An upload that cannot go on, where another one of the same blob may do better. */
final class LostUploadException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient ServiceException meaning;
    private final Duration delay;

    /**
     * An upload is lost.
     *
     * @param meaning what it means when no other upload does better
     * @param delay how long the registry wants to be left alone
     */
    LostUploadException(ServiceException meaning, Duration delay) {
        super(meaning.getMessage(), meaning);
        this.meaning = meaning;
        this.delay = delay;
    }

    ServiceException meaning() {
        return meaning;
    }

    Duration delay() {
        return delay;
    }
}
