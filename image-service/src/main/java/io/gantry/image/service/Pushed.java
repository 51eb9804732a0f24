package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import java.util.List;

/**
 * What a push made.
 *
 * @param descriptor of the manifest or index that the names stand for
 * @param names in full, in the order of the targets
 */
public record Pushed(Descriptor descriptor, List<String> names) {
    public Pushed {
        names = List.copyOf(names);
    }
}
