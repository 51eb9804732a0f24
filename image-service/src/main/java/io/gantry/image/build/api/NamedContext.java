package io.gantry.image.build.api;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
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

    /**
     * An image in a directory of the client that has the layout of OCI: {@code oci-layout://…}.
     *
     * @param image its tag or digest; empty: {@code latest}, or the only one
     */
    record Layout(BuildContext files, String image) implements NamedContext {

        /**
         * @throws InvalidArgumentException when the image is neither a tag nor a digest
         */
        public Layout {
            if (image.indexOf(':') >= 0) {
                image = Digest.parse(image).toString();
            } else if (!image.matches("(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?")) {
                throw new InvalidArgumentException("'" + image + "' is neither a tag nor a digest");
            }
        }
    }

    /** {@code docker-image://scratch}. */
    record Scratch() implements NamedContext {}
}
