package io.gantry.image.build.engine;

import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.reference.ImageReference;
import java.util.List;

/** Takes images that were built. */
@FunctionalInterface
public interface BuiltImages {

    /**
     * Records an image whose blobs and layers are there and durable.
     *
     * @param names it gets; others lose them
     * @return the names in full
     */
    List<String> record(ImageRow image, List<LayerRow> layers, List<ImageReference> names);
}
