package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.launch.CgroupJoin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** How processes come into their cgroups, which differs between the two versions of cgroups. */
final class CgroupMembership {

    private final CgroupManager cgroups;

    CgroupMembership(CgroupManager cgroups) {
        this.cgroups = cgroups;
    }

    /** Where the shim puts a new process of a container; in the hierarchy of version 2. */
    Optional<Path> born(CgroupPath path) {
        return cgroups.cloneInto(path);
    }

    /** What a process of a container joins by itself; the hierarchies of version 1. */
    CgroupJoin joined(CgroupPath path) {
        List<CgroupJoin.Hierarchy> hierarchies = new ArrayList<>();
        for (Path file : cgroups.joinFiles(path)) {
            hierarchies.add(hierarchy(path, file));
        }
        return new CgroupJoin(hierarchies);
    }

    /** What a shim, which nobody gives birth to in a cgroup, joins by itself; either version. */
    CgroupJoin joinedByShim(CgroupPath path) {
        List<CgroupJoin.Hierarchy> hierarchies = new ArrayList<>(joined(path).hierarchies());
        born(path)
                .map(directory -> hierarchy(path, directory.resolve("cgroup.procs")))
                .ifPresent(hierarchies::add);
        return new CgroupJoin(hierarchies);
    }

    private static CgroupJoin.Hierarchy hierarchy(CgroupPath path, Path file) {
        String whole = Objects.requireNonNull(file.getParent()).toString();
        String mountPoint = whole.substring(0, whole.length() - path.value().length());
        return new CgroupJoin.Hierarchy(
                mountPoint, whole, Objects.requireNonNull(file.getFileName()).toString());
    }
}
