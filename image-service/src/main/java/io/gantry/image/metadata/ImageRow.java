package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.List;

/**
 * An image.
 *
 * @param id digest of its configuration
 * @param manifest digest of its manifest
 * @param blobs everything of it in the content store: indexes, manifest, configuration, layers
 * @param layers chain ids, lowest first
 * @param pulled when it came
 */
public record ImageRow(
        Digest id, Digest manifest, List<Digest> blobs, List<Digest> layers, Instant pulled) {
    public ImageRow {
        blobs = List.copyOf(blobs);
        layers = List.copyOf(layers);
    }
}
