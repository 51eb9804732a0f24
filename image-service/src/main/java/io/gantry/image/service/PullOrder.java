package io.gantry.image.service;

import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;

/**
 * What is to be pulled.
 *
 * @param platform of which an index is asked for the image
 * @param credentials for the reference's registry
 * @param naming what the image is called here
 * @param everyBlob whether blobs come, too, whose layers are here already by other blobs; to run
 *     the image needs none of these, to build on it does
 */
public record PullOrder(
        ImageReference reference,
        Platform platform,
        Credentials credentials,
        Naming naming,
        boolean everyBlob) {

    /** With the blobs of layers that are not here. */
    public PullOrder(
            ImageReference reference, Platform platform, Credentials credentials, Naming naming) {
        this(reference, platform, credentials, naming, false);
    }

    /** What an image is called that was pulled. */
    public enum Naming {
        /** As it was asked for; another image of that name loses it. */
        REFERENCE,
        /** By the digest of its manifest alone. */
        MANIFEST
    }

    /** Of this node's platform. */
    public static PullOrder of(ImageReference reference, Credentials credentials) {
        return new PullOrder(reference, Platform.host(), credentials, Naming.REFERENCE);
    }
}
