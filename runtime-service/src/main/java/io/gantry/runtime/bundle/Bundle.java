package io.gantry.runtime.bundle;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.Spec;
import java.util.List;

/**
 * What a container is started from.
 *
 * @param rootfs mounts that make up {@code spec.root().path()}
 */
public record Bundle(Spec spec, List<Mount> rootfs) {
    public Bundle {
        rootfs = List.copyOf(rootfs);
    }
}
