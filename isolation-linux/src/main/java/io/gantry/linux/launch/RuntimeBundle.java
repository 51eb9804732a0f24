package io.gantry.linux.launch;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is mounted on the host for an OCI runtime to find; it stays, whatever becomes of the rest.
 *
 * @param root directory of the root file system
 * @param rootfs mounted on it, one on top of the other
 * @param volumes by the directories that they are mounted on, those that runtimes cannot mount
 *     themselves: parts of file systems, and overlays
 * @param label SELinux label of all of them; empty: none
 */
public record RuntimeBundle(
        Path root, List<Mount> rootfs, Map<Path, SpecMount> volumes, String label) {

    public RuntimeBundle {
        rootfs = List.copyOf(rootfs);
        volumes = Collections.unmodifiableMap(new LinkedHashMap<>(volumes));
    }

    /** Nothing. */
    public static RuntimeBundle none() {
        return new RuntimeBundle(Path.of("/"), List.of(), Map.of(), "");
    }

    /** Whether a mount is one of those that runtimes cannot make. */
    public static boolean isVolume(SpecMount mount) {
        return StagedMounts.isStaged(mount);
    }
}
