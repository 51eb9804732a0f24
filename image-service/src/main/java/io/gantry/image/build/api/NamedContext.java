package io.gantry.image.build.api;

import io.gantry.image.reference.ImageReference;

/** What stands for a stage or an image of that name. */
public sealed interface NamedContext {

    /** Files of the client. */
    record Files(BuildContext files) implements NamedContext {}

    /** An image: {@code docker-image://…}. */
    record OfImage(ImageReference reference) implements NamedContext {}

    /**
     * A repository, or by http an archive or a file.
     *
     * @param address as {@link io.gantry.image.build.remote.RemoteSource} reads it
     */
    record Remote(String address) implements NamedContext {}

    /** {@code docker-image://scratch}. */
    record Scratch() implements NamedContext {}
}
