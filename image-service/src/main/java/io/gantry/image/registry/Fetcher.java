package io.gantry.image.registry;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * Fetches one image's documents and blobs, from the mirrors of its registry and at last from the
 * registry itself. Thread-safe: blobs may be fetched in parallel. Blocks; an interrupt cancels.
 *
 * <p>All methods, and the streams they return, throw:
 *
 * <ul>
 *   <li>{@link io.gantry.base.error.NotFoundException}: the registry does not have it;
 *   <li>{@link io.gantry.base.error.PermissionDeniedException}: credentials are missing or refused,
 *       with the registry's own words;
 *   <li>{@link RegistryUnavailableException}: it cannot be reached, or fails after retries;
 *   <li>{@link io.gantry.base.error.DataLossException}: bytes that are not what was named;
 *   <li>{@link io.gantry.base.error.CancelledException} when the thread is interrupted, {@link
 *       io.gantry.base.error.DeadlineExceededException} when the time is over.
 * </ul>
 */
public interface Fetcher {

    /**
     * Finds what the reference names now, by a HEAD request where the registry allows it: cheap,
     * and not counted by rate limits. What is stored already need not be fetched.
     */
    ResolvedManifest resolve();

    /**
     * Fetches a manifest or index of at most {@link io.gantry.image.manifest.Document#MAX_BYTES}
     * bytes, verified by size and digest, served as the media type that the descriptor says.
     */
    byte[] fetchManifest(Descriptor descriptor);

    /**
     * Looks for what another tag of the same repository names, as one that is made of an image's
     * digest.
     *
     * @return empty when the registry does not have it
     */
    default Optional<Document> findTag(String tag) {
        return Optional.empty();
    }

    /**
     * What is attached to a manifest: by the registry's own account or, where it keeps none, by the
     * index under the tag that stands in for it (distribution-spec 1.1, "Listing Referrers"). At
     * most {@value ReferrersEndpoint#MAX_REFERRERS}, the first ones.
     */
    default List<Referrer> listReferrers(Digest subject) {
        return List.of();
    }

    /**
     * Fetches a small blob, such as an image configuration, verified by size and digest.
     *
     * @param maxBytes larger ones are refused before anything is read
     */
    byte[] fetchBlob(Descriptor descriptor, int maxBytes);

    /**
     * Opens a blob. Lost connections are taken up again by Range. The end of the stream is reached
     * only when size and digest are right; else the read throws. The caller closes it.
     */
    InputStream openBlob(Descriptor descriptor, BlobProgress progress);

    /**
     * Opens the rest of a blob, for an ingest that is resumed or hashes by itself: only the size is
     * verified, the digest is the reader's to check.
     *
     * @param offset bytes that are there already, at most the blob's size
     */
    InputStream openBlobFrom(Descriptor descriptor, long offset, BlobProgress progress);

    /**
     * Takes note that what {@link #openBlobFrom} yielded was not the blob.
     *
     * @return whether a mirror had a part in it, so that another attempt, which asks the mirror
     *     last, may end otherwise
     */
    default boolean distrust(Descriptor descriptor) {
        return false;
    }
}
