package io.gantry.image.build.api;

import io.gantry.base.Deadline;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Where the images that builds begin with come from. Thread-safe. */
public interface BaseImages {

    /**
     * An image of the store, whole and unpacked.
     *
     * @param manifest digest of its manifest
     * @param config its configuration, as it is stored
     * @param layers blobs, lowest first
     * @param diffIds of these
     * @param chainIds of these
     */
    record Base(
            Digest manifest,
            Content config,
            List<Descriptor> layers,
            List<Digest> diffIds,
            List<Digest> chainIds) {
        public Base {
            layers = List.copyOf(layers);
            diffIds = List.copyOf(diffIds);
            chainIds = List.copyOf(chainIds);
        }
    }

    /**
     * An image that is here, without asking anybody; one that was not made for the platform when it
     * is all that the name can mean.
     */
    Optional<Base> find(ImageReference reference, Platform platform);

    /**
     * Makes an image be here.
     *
     * @param pull whether its registry is asked although it is here
     * @param offers asked for a login when something has to be pulled
     * @throws io.gantry.base.error.NotFoundException when it is nowhere, or not for that platform
     */
    Base get(
            ImageReference reference,
            Platform platform,
            boolean pull,
            ClientOffers offers,
            Deadline deadline);

    /**
     * Makes an image of a directory be here.
     *
     * @throws io.gantry.base.error.NotFoundException when the directory does not have it, or not
     *     for that platform
     * @throws io.gantry.base.error.DataLossException when it is not what its digests say
     * @throws IOException when the disk fails
     */
    Base get(NamedContext.Layout layout, Platform platform, Deadline deadline) throws IOException;
}
