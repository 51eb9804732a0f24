package io.gantry.linux.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

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
     * Joins by files.
     *
     * @param files tasks or cgroup.procs of the same cgroup in one or more hierarchies
     * @param cgroup its path below the mount point of each
     */
    public static CgroupJoin of(List<Path> files, String cgroup) {
        return new CgroupJoin(
                files.stream().map(file -> Hierarchy.of(file, Path.of("/" + cgroup))).toList());
    }

    /**
     * A place in one hierarchy.
     *
     * @param mountPoint of the hierarchy on the host, as /sys/fs/cgroup/memory
     * @param directory the cgroup, below the mount point
     * @param file to write to, in the directory
     */
    public record Hierarchy(String mountPoint, String directory, String file) {

        private static Hierarchy of(Path member, Path cgroup) {
            Path directory = Objects.requireNonNull(member.getParent());
            int depth = directory.getNameCount() - cgroup.getNameCount();
            if (depth < 1 || !directory.endsWith(Path.of("/").relativize(cgroup))) {
                throw new IllegalArgumentException(member + " is not of cgroup " + cgroup);
            }
            return new Hierarchy(
                    "/" + directory.subpath(0, depth),
                    directory.toString(),
                    Objects.requireNonNull(member.getFileName()).toString());
        }

        /** The last element of the mount point: what a container sees it as. */
        String name() {
            return mountPoint.substring(mountPoint.lastIndexOf('/') + 1);
        }

        String members() {
            return directory + "/" + file;
        }
    }
}
