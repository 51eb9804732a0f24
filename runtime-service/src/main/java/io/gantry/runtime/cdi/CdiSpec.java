package io.gantry.runtime.cdi;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A vendor's description of devices: one file.
 *
 * @param file where it was read, for messages
 * @param kind of its devices, vendor.com/class
 * @param devices what each asks for, by its name
 * @param edits what any of them asks for besides
 */
public record CdiSpec(
        String file, String kind, Map<String, ContainerEdits> devices, ContainerEdits edits) {

    public CdiSpec {
        devices = Collections.unmodifiableMap(new LinkedHashMap<>(devices));
    }
}
