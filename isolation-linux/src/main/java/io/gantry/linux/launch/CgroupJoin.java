package io.gantry.linux.launch;

import java.util.List;

/**
 * The cgroups that a process puts itself into. On cgroup v2 a container is born in its cgroup, so
 * its program joins {@link #NONE}.
 *
 * @param hierarchies those to join, in order
 */
public record CgroupJoin(List<Hierarchy> hierarchies) {

    public static final CgroupJoin NONE = new CgroupJoin(List.of());

    public CgroupJoin {
        hierarchies = List.copyOf(hierarchies);
    }

    /**
     * A place in one hierarchy.
     *
     * @param mountPoint of the hierarchy on the host, as /sys/fs/cgroup/memory
     * @param directory the cgroup, below the mount point
     */
    public record Hierarchy(String mountPoint, String directory) {

        /** The last element of the mount point: what a container sees it as. */
        String name() {
            return mountPoint.substring(mountPoint.lastIndexOf('/') + 1);
        }

        String procs() {
            return directory + "/cgroup.procs";
        }
    }
}
