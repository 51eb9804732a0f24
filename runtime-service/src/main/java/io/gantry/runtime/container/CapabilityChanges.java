package io.gantry.runtime.container;

import java.util.List;

/** Changes to the default capabilities, by names with or without CAP_, or ALL. */
public record CapabilityChanges(List<String> add, List<String> drop, List<String> addAmbient) {
    public CapabilityChanges {
        add = List.copyOf(add);
        drop = List.copyOf(drop);
        addAmbient = List.copyOf(addAmbient);
    }

    /** The defaults as they are. */
    public static CapabilityChanges none() {
        return new CapabilityChanges(List.of(), List.of(), List.of());
    }
}
