package io.gantry.linux.cgroup;

import io.gantry.base.error.InvalidArgumentException;
import java.util.List;

/**
 * How the control groups of pods and containers are called.
 *
 * @param driver who makes them
 * @param parent of those that a client does not place: a path as /gantry, or a slice as
 *     gantry.slice
 */
public record CgroupNames(CgroupDriver driver, String parent) {

    /** The group of a pod or container below the default parent. */
    public CgroupPath of(String id) {
        return in(parent, id);
    }

    /** The default parent itself. */
    public CgroupPath parentPath() {
        return parentPath(parent);
    }

    /**
     * The group of a pod or container below a parent that a client names: for systemd a slice, by
     * its name or with the slices that it is in.
     *
     * @throws InvalidArgumentException when that is no parent for this driver
     */
    public CgroupPath in(String wanted, String id) {
        CgroupPath path = parentPath(wanted);
        return driver == CgroupDriver.SYSTEMD ? path.child(CgroupPath.scope(id)) : path.child(id);
    }

    private CgroupPath parentPath(String wanted) {
        return switch (driver) {
            case CGROUPFS -> plain(wanted);
            case SYSTEMD -> slice(wanted);
        };
    }

    private static CgroupPath plain(String wanted) {
        for (String part : List.of(wanted.split("/", -1))) {
            if (SliceName.isSlice(part) || part.indexOf(':') >= 0) {
                throw new InvalidArgumentException(
                        refused(wanted)
                                + " is of the systemd cgroup driver, but this runtime uses"
                                + " cgroupfs; the kubelet's cgroupDriver has to be the same");
            }
        }
        return new CgroupPath(wanted);
    }

    private static CgroupPath slice(String wanted) {
        String name = wanted.substring(wanted.lastIndexOf('/') + 1);
        if (!SliceName.isSlice(name)) {
            throw new InvalidArgumentException(
                    refused(wanted)
                            + " is not a slice, but this runtime uses the systemd cgroup driver;"
                            + " the kubelet's cgroupDriver has to be the same");
        }
        if (!SliceName.isValid(name)) {
            throw new InvalidArgumentException(
                    refused(wanted) + ": \"" + name + "\" is not a name that a slice can have");
        }
        String path = SliceName.path(name);
        if (wanted.indexOf('/') >= 0 && !wanted.equals(path)) {
            throw new InvalidArgumentException(
                    refused(wanted) + ": systemd has slice " + name + " at " + path);
        }
        return new CgroupPath(path);
    }

    private static String refused(String wanted) {
        return "linux.cgroup_parent \"" + wanted + "\"";
    }
}
