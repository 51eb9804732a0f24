package io.gantry.image.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.reference.ImageReference;

/** What may become a name of an image here. */
final class ImageNameRules {

    private ImageNameRules() {}

    /**
     * A name that a user gives, in full.
     *
     * @throws InvalidArgumentException when it has a digest
     */
    static String tag(ImageReference name) {
        if (name.digest() != null) {
            throw new InvalidArgumentException(
                    "an image cannot be tagged as " + name + ": a digest is not for choosing");
        }
        return name.canonical();
    }
}
