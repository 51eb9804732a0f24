package io.gantry.runtime.bundle;

import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import java.util.List;

/**
 * What a container is started from.
 *
 * @param rootfs mounts that make up {@code spec.root().path()}
 */
public record Bundle(Spec spec, List<SpecMount> rootfs) {
    public Bundle {
        rootfs = List.copyOf(rootfs);
    }
}
