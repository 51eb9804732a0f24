package io.gantry.image.service;

import io.gantry.base.Deadline;

/** Pushes this node's images to registries. Thread-safe. */
public interface ImagePusher {

    /**
     * Makes a repository hold an image, byte for byte as it is here: layers as they were packed
     * when they came, documents with the digests that they have. What the registry has already is
     * not sent; what it has in another repository is mounted from there. Nothing is tagged before
     * everything that the tag needs is there.
     *
     * @return what the targets name now
     * @throws io.gantry.base.error.NotFoundException when there is no such image, or the registry
     *     does not know the repository and does not make it
     * @throws io.gantry.base.error.InvalidArgumentException when an id prefix fits several images,
     *     or a target's digest is not the one that is pushed
     * @throws io.gantry.base.error.FailedPreconditionException when a part of the image is not
     *     here, naming the platform or blob; or when no host of the registry may be pushed to
     * @throws io.gantry.base.error.PermissionDeniedException when credentials are missing or
     *     refused, with the registry's code and message
     * @throws io.gantry.base.error.UnimplementedException when the registry does not do what is
     *     asked, with its code and message
     * @throws io.gantry.base.error.ResourceExhaustedException when something is too large for the
     *     registry or a quota is used up, with its code and message
     * @throws io.gantry.image.registry.RegistryUnavailableException when the registry cannot be
     *     reached, or fails after retries
     * @throws io.gantry.base.error.DataLossException when the registry got other bytes than were
     *     sent, or a blob here is damaged
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted; after this as
     *     after any failure uploads that had begun are given up at the registry, too
     */
    Pushed push(PushOrder order, PushListener listener, Deadline deadline);
}
