package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import java.util.List;
import java.util.Optional;

/** The images of this node. Thread-safe; reading never waits for a pull. */
public interface ImageManager {

    /**
     * Makes an image be here as its registry has it now. What is here already is not fetched again;
     * pulls of one reference follow each other, and pulls that share a layer fetch it once.
     *
     * @return the image, under the reference's name
     * @throws io.gantry.base.error.NotFoundException when the registry does not have it, or not for
     *     this platform
     * @throws io.gantry.base.error.PermissionDeniedException when credentials are missing or
     *     refused
     * @throws io.gantry.image.trust.SignatureRefusedException when the policy for signatures does
     *     not let it come; nothing but documents was fetched then
     * @throws io.gantry.image.registry.RegistryUnavailableException when the registry cannot be
     *     reached
     * @throws io.gantry.base.error.DataLossException when what came is not what was named, or a
     *     layer is damaged or hostile (naming the entry)
     * @throws io.gantry.base.error.ResourceExhaustedException when the disk is full
     * @throws io.gantry.base.error.DeadlineExceededException when the time is over
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted; after this as
     *     after any failure no part of the image is visible
     */
    Image pull(PullOrder order, PullListener listener, Deadline deadline);

    /** As {@link #pull(PullOrder, PullListener, Deadline)}, for this node's platform. */
    default Image pull(
            ImageReference reference,
            Credentials credentials,
            PullListener listener,
            Deadline deadline) {
        return pull(PullOrder.of(reference, credentials), listener, deadline);
    }

    /** All images, the latest first. */
    List<Image> list();

    /**
     * The image of a name (with tag, digest or both: the digest counts; with neither: {@code
     * :latest}), of an id with or without {@code sha256:}, or of a prefix of one.
     *
     * @throws io.gantry.base.error.InvalidArgumentException when a prefix fits several images
     */
    Optional<Image> find(String nameOrId);

    /**
     * Removes an image with all its names; found as {@link #find} does. One that is not there is no
     * error. It is invisible when the call returns; files go soon after. Containers made from it
     * keep what they need.
     *
     * @throws io.gantry.base.error.InvalidArgumentException when a prefix fits several images
     */
    void remove(String nameOrId);

    /** What images take up on disk: blobs and unpacked layers, without containers' own files. */
    FsUsage fsInfo();
}
