package io.gantry.image.service;

import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;

/**
 * What is to be pulled.
 *
 * @param platform of which an index is asked for the image
 * @param credentials for the reference's registry
 */
public record PullOrder(ImageReference reference, Platform platform, Credentials credentials) {

    /** Of this node's platform. */
    public static PullOrder of(ImageReference reference, Credentials credentials) {
        return new PullOrder(reference, Platform.host(), credentials);
    }
}
