package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.util.List;

/**
 * What a container has of an image: its writable root file system, or a volume to read.
 *
 * @param container its id
 * @param image what it was made from, which may have been removed since
 * @param layers chain ids that it stands on, lowest first
 */
public record RootfsRow(String container, Digest image, List<Digest> layers) {
    public RootfsRow {
        layers = List.copyOf(layers);
    }
}
