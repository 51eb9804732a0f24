package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;

/** Finds where an image is pulled from. Thread-safe. */
@FunctionalInterface
public interface Resolver {

    /**
     * Begins a pull: reads the configuration of the registry, sends nothing yet.
     *
     * @param reference what is pulled
     * @param credentials for the registry that {@code reference} names; {@link
     *     Credentials#ANONYMOUS} without
     * @param deadline until when everything that the fetcher does must be done
     * @throws io.gantry.base.error.FailedPreconditionException when the registry's configuration is
     *     bad, naming file and key
     */
    Fetcher open(ImageReference reference, Credentials credentials, Deadline deadline);
}
