package io.gantry.runtime.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.runtime.cdi.CdiDirectories;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a runtime lives; two with different directories do not see each other.
 *
 * @param root directory that survives a reboot, as /var/lib/gantry
 * @param state directory that need not, as /run/gantry; short, since sockets lie in it
 * @param shim the executable of the shim
 * @param cgroups how those of pods are called, and who makes them
 * @param devices where vendors describe theirs
 * @param selinux whether pods have labels of SELinux where the kernel has it on
 */
public record RuntimeSettings(
        Path root,
        Path state,
        Path shim,
        CgroupNames cgroups,
        CdiDirectories devices,
        boolean selinux) {

    /** Longest path of the state directory with which the sockets below it can be bound. */
    private static final int MAX_STATE_BYTES = 107 - "/shim/0123456789abcdef.sock".length();

    public RuntimeSettings {
        if (state.toString().getBytes(StandardCharsets.UTF_8).length > MAX_STATE_BYTES) {
            throw new InvalidArgumentException(
                    "state directory "
                            + state
                            + " is longer than "
                            + MAX_STATE_BYTES
                            + " bytes, too long for the sockets below it");
        }
    }
}
