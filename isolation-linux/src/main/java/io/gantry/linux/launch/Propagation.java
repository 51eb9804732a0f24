package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.mount.MountOptions;
import java.util.List;

/** The propagation of a root file system by its name in the specification. */
final class Propagation {

    private Propagation() {}

    /** MS_ flags; 0 for the empty name. */
    static long of(String name) {
        if (name.isEmpty()) {
            return 0;
        }
        long flags = MountOptions.parse(List.of(name)).propagation();
        if (flags == 0) {
            throw new InvalidArgumentException("unknown mount propagation: " + name);
        }
        return flags;
    }
}
