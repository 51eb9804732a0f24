package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;

/**
 * Pushes into one repository. Thread-safe: blobs may be pushed in parallel. Blocks; an interrupt
 * cancels, and an upload that is cancelled or fails is given up at the registry, too.
 *
 * <p>All methods throw:
 *
 * <ul>
 *   <li>{@link io.gantry.base.error.PermissionDeniedException}: credentials are missing or refused;
 *       like every refusal with the registry's own code and message;
 *   <li>{@link io.gantry.base.error.NotFoundException}: there is no such repository, and the
 *       registry does not make it;
 *   <li>{@link io.gantry.base.error.UnimplementedException}: the registry does not do this;
 *   <li>{@link io.gantry.base.error.InvalidArgumentException}, {@link
 *       io.gantry.base.error.FailedPreconditionException}, {@link
 *       io.gantry.base.error.ResourceExhaustedException}: it does not take this, or not so much;
 *   <li>{@link RegistryUnavailableException}: it cannot be reached, or fails after retries;
 *   <li>{@link io.gantry.base.error.DataLossException}: it got other bytes than were meant;
 *   <li>{@link io.gantry.base.error.CancelledException} when the thread is interrupted, {@link
 *       io.gantry.base.error.DeadlineExceededException} when the time is over.
 * </ul>
 */
public interface Pusher {

    /** Whether the repository has a manifest or index, and so everything that it refers to. */
    boolean hasManifest(Descriptor descriptor);

    /** Makes the repository have a blob, by the cheapest way there is. */
    BlobOutcome pushBlob(OutgoingBlob blob);

    /**
     * Stores a manifest or index whose parts are there. One that has a subject is found by that
     * afterwards, also where the registry keeps no account of referrers.
     *
     * @param bytes as they are, of the descriptor's digest
     * @param target a tag, or the digest
     */
    void pushManifest(Descriptor descriptor, byte[] bytes, String target);
}
