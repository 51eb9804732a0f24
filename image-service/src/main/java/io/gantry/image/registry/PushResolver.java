package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;

/** Finds where images are pushed to. Thread-safe. */
@FunctionalInterface
public interface PushResolver {

    /**
     * Begins a push: reads the configuration of the registry, sends nothing yet.
     *
     * @param target whose repository is pushed to
     * @param credentials for the registry that {@code target} names; {@link Credentials#ANONYMOUS}
     *     without
     * @param deadline until when everything that the pusher does must be done
     * @throws io.gantry.base.error.FailedPreconditionException when the registry's configuration is
     *     bad, naming file and key, or lets nobody be pushed to
     */
    Pusher openPush(ImageReference target, Credentials credentials, Deadline deadline);
}
