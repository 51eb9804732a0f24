package io.gantry.image.build.api;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import java.util.List;
import java.util.Optional;

/**
 * What came of a build.
 *
 * @param images one for each platform, in the order of the request
 * @param index that lists them when there are several; it has the names then
 * @param names given, in full
 */
public record BuildResult(List<Built> images, Optional<Descriptor> index, List<String> names) {

    public BuildResult {
        images = List.copyOf(images);
        names = List.copyOf(names);
    }

    /** What a name leads to: the index, or the only manifest. */
    public Descriptor root() {
        return index.orElseGet(() -> images.getFirst().manifest());
    }

    /**
     * An image.
     *
     * @param id digest of its configuration
     * @param layers chain ids, lowest first
     */
    public record Built(Platform platform, Digest id, Descriptor manifest, List<Digest> layers) {
        public Built {
            layers = List.copyOf(layers);
        }
    }
}
