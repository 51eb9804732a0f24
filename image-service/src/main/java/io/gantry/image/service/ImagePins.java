package io.gantry.image.service;

import io.gantry.image.content.Digest;
import java.util.Set;

/** Says which images others than CRI containers need: Gantry's own containers, builds, pins. */
@FunctionalInterface
public interface ImagePins {

    /** Nobody. */
    ImagePins NONE = Set::of;

    /** Ids of the images; called often, must not block. */
    Set<Digest> pinned();
}
