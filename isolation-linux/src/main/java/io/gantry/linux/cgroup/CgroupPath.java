package io.gantry.linux.cgroup;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.List;

/**
 * Name of a control group: its path below the mount point of each hierarchy.
 *
 * @param value absolute and canonical, as /kubepods/burstable/podX/ID
 */
public record CgroupPath(String value) {

    /**
     * Checks the form.
     *
     * @throws InvalidArgumentException when the path is not absolute and canonical, is the root, or
     *     is one of the systemd driver
     */
    public CgroupPath {
        if (!value.startsWith("/") || value.indexOf('\0') >= 0 || value.indexOf('\n') >= 0) {
            throw new InvalidArgumentException("cgroup path \"" + value + "\" is not absolute");
        }
        for (String part : Arrays.asList(value.substring(1).split("/", -1))) {
            checkPart(value, part);
        }
    }

    private static void checkPart(String value, String part) {
        if (part.isEmpty() || part.equals(".") || part.equals("..")) {
            throw new InvalidArgumentException("cgroup path \"" + value + "\" is not canonical");
        }
        if (part.endsWith(".slice") || part.indexOf(':') >= 0) {
            throw new InvalidArgumentException(
                    "cgroup path \""
                            + value
                            + "\" is of the systemd cgroup driver, but this runtime uses cgroupfs;"
                            + " the kubelet's cgroupDriver has to be the same");
        }
    }

    /** The group of that name in this one. */
    public CgroupPath child(String name) {
        return new CgroupPath(value + "/" + name);
    }

    /** The names of the groups on the way from the root to this one. */
    List<String> parts() {
        return Arrays.asList(value.substring(1).split("/", -1));
    }

    /** The path without the leading slash, to resolve below a mount point. */
    String relative() {
        return value.substring(1);
    }

    @Override
    public String toString() {
        return value;
    }
}
