package io.gantry.image.build.api;

import io.gantry.image.reference.ImageReference;

/** Where results of steps go for other nodes. */
public sealed interface CacheTo {

    /**
     * A registry.
     *
     * @param all whether those of all steps go there, rather than of the image's own layers
     */
    record Registry(ImageReference reference, boolean all) implements CacheTo {}

    /**
     * An archive in the layout of OCI, for {@link BuildInputs#cache}.
     *
     * @param all as of a registry
     */
    record Archive(boolean all) implements CacheTo {}

    /** The configuration of the image itself. */
    record Inline() implements CacheTo {}
}
