package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.mount.MountOptions;
import io.gantry.linux.syscall.MountFlags;
import java.util.List;

/**
 * The propagation of a root file system by its name in the specification. It is that of this one
 * mount: those below keep what their own options say, whatever the name asks for.
 */
final class Propagation {

    private Propagation() {}

    /** MS_ flag; 0 for the empty name. */
    static long of(String name) {
        if (name.isEmpty()) {
            return 0;
        }
        long flag = MountOptions.parse(List.of(name)).propagation() & ~MountFlags.MS_REC;
        if (flag == 0) {
            throw new InvalidArgumentException("unknown mount propagation: " + name);
        }
        return flag;
    }
}
