package io.gantry.image.build.engine;

import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.reference.ImageReference;
import java.util.List;
import java.util.Optional;

/** Takes images that were built. */
@FunctionalInterface
public interface BuiltImages {

    /**
     * Records an image whose blobs and layers are there and durable.
     *
     * @param names it gets; others lose them
     * @param index that has the image for one of several platforms
     * @return the names in full
     */
    List<String> record(
            ImageRow image,
            List<LayerRow> layers,
            List<ImageReference> names,
            Optional<Digest> index);
}
