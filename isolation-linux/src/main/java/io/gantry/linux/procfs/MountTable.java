package io.gantry.linux.procfs;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The mounts of a mount namespace, in the order in which the kernel lists them. */
public record MountTable(List<MountInfo> mounts) {

    public MountTable {
        mounts = List.copyOf(mounts);
    }

    /** Reads the lines of /proc/PID/mountinfo. */
    public static MountTable parse(List<String> lines) {
        return new MountTable(
                lines.stream().filter(line -> !line.isEmpty()).map(MountInfo::parse).toList());
    }

    /** The mount that is seen at a mount point: the last, where several are stacked. */
    public Optional<MountInfo> at(Path mountPoint) {
        return mounts.stream()
                .filter(mount -> Path.of(mount.mountPoint()).equals(mountPoint))
                .reduce((_, later) -> later);
    }

    /**
     * The mount in which a path lies.
     *
     * @param path absolute, free of links and of {@code ..}
     */
    public Optional<MountInfo> containing(Path path) {
        for (Path place = path; place != null; place = place.getParent()) {
            Optional<MountInfo> mount = at(place);
            if (mount.isPresent()) {
                return mount;
            }
        }
        return Optional.empty();
    }
}
