package io.gantry.runtime.spec;

import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.container.ContainerMount;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a container has of images besides its root.
 *
 * @param shown images that it sees as volumes, and what to mount for each
 * @param declared directories for the volumes that its own image declares, by their paths in the
 *     container
 */
public record ImageVolumes(Map<ContainerMount, SpecMount> shown, Map<String, Path> declared) {

    /** Nothing. */
    public static final ImageVolumes NONE = new ImageVolumes(Map.of(), Map.of());

    public ImageVolumes {
        shown = Collections.unmodifiableMap(new LinkedHashMap<>(shown));
        declared = Collections.unmodifiableMap(new LinkedHashMap<>(declared));
    }
}
