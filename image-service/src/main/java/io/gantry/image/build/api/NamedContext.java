package io.gantry.image.build.api;

import io.gantry.image.reference.ImageReference;

/** What stands for a stage or an image of that name. */
public sealed interface NamedContext {

    /** Files of the client. */
    record Files(BuildContext files) implements NamedContext {}

    /** An image: {@code docker-image://…}. */
    record OfImage(ImageReference reference) implements NamedContext {}

    /** {@code docker-image://scratch}. */
    record Scratch() implements NamedContext {}
}
