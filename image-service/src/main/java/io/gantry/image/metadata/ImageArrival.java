package io.gantry.image.metadata;

import java.util.List;

/**
 * An image that came beside others.
 *
 * @param layers that it needs
 * @param names that it gets, which others may have had
 */
public record ImageArrival(ImageRow image, List<LayerRow> layers, List<String> names) {
    public ImageArrival {
        layers = List.copyOf(layers);
        names = List.copyOf(names);
    }
}
