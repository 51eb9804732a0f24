package io.gantry.image.build.cache;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.List;

/**
 * The result of a step as another node can take it over.
 *
 * @param layer name of the layer, which the keys of later steps are made with
 * @param diffId of the layer
 * @param blob that it is packed in
 * @param packing how, in the words of the node that did it
 * @param description of the instruction
 * @param created when it was made
 * @param keys that lead to it
 */
public record CachedStep(
        Digest layer,
        Digest diffId,
        Descriptor blob,
        String packing,
        String description,
        Instant created,
        List<Digest> keys) {

    public CachedStep {
        keys = List.copyOf(keys);
    }
}
