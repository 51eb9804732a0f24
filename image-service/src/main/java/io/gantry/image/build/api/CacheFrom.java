package io.gantry.image.build.api;

import io.gantry.image.reference.ImageReference;

/** Where results of steps come from that other nodes have made. */
public sealed interface CacheFrom {

    /** A cache in a registry, or an image that carries its own. */
    record Registry(ImageReference reference) implements CacheFrom {}

    /**
     * A directory in the layout of OCI that the client sends.
     *
     * @param context name among the additional contexts
     */
    record Directory(String context) implements CacheFrom {}
}
