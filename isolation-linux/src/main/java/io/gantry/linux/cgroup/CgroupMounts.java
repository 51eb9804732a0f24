package io.gantry.linux.cgroup;

import io.gantry.linux.procfs.MountInfo;
import io.gantry.linux.procfs.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How control groups are mounted. */
sealed interface CgroupMounts {

    /** Where distributions mount it; with only cgroup2 there, that is the machine's interface. */
    Path ROOT = Path.of("/sys/fs/cgroup");

    /** Options of a version 1 mount that name no controller. */
    Set<String> FLAGS =
            Set.of(
                    "rw",
                    "ro",
                    "xattr",
                    "noprefix",
                    "clone_children",
                    "cpuset_v2_mode",
                    "favordynmods");

    /**
     * One hierarchy per controller or set of controllers.
     *
     * @param controllers mount point of each
     * @param joined mount points of further hierarchies that account for processes only, as
     *     systemd's own
     * @param unified mount point of version 2 on a hybrid machine
     */
    record V1(Map<String, Path> controllers, List<Path> joined, Optional<Path> unified)
            implements CgroupMounts {}

    /** One hierarchy. */
    record V2(Path root) implements CgroupMounts {}

    /**
     * Finds them.
     *
     * @throws IOException when no control groups are mounted
     */
    static CgroupMounts of(MountTable table) throws IOException {
        Map<String, Path> controllers = new LinkedHashMap<>();
        List<Path> joined = new ArrayList<>();
        List<Path> unified = new ArrayList<>();
        for (MountInfo mount : table.mounts()) {
            Path point = Path.of(mount.mountPoint());
            // Bind mounts of the hierarchies elsewhere, as in the roots of containers, do not
            // count.
            if (!point.startsWith(ROOT)) {
                continue;
            }
            if (mount.type().equals("cgroup2")) {
                unified.add(point);
            } else if (mount.type().equals("cgroup")) {
                addV1(mount, point, controllers, joined);
            }
        }
        if (!controllers.isEmpty()) {
            return new V1(controllers, List.copyOf(joined), unified.stream().findFirst());
        }
        if (unified.contains(ROOT)) {
            return new V2(ROOT);
        }
        throw new IOException(
                "no control groups are mounted at "
                        + ROOT
                        + "; mount cgroup2 there, or the controllers of version 1 below it");
    }

    private static void addV1(
            MountInfo mount, Path point, Map<String, Path> controllers, List<Path> joined) {
        for (String option : mount.superOptions()) {
            if (option.startsWith("name=")) {
                joined.add(point);
            } else if (!FLAGS.contains(option) && !option.contains("=")) {
                controllers.putIfAbsent(option, point);
            }
        }
    }
}
