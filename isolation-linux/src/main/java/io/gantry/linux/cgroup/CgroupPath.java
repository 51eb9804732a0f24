package io.gantry.linux.cgroup;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.List;

/**
 * Name of a control group: its path below the mount point of each hierarchy.
 *
 * @param value absolute and canonical, as /kubepods/burstable/podX/ID, or
 *     /kubepods.slice/kubepods-podX.slice/gantry-ID.scope
 */
public record CgroupPath(String value) {

    private static final String OWNER = "gantry";
    private static final String PREFIX = OWNER + "-";
    private static final String SUFFIX = ".scope";

    /**
     * Checks the form.
     *
     * @throws InvalidArgumentException when the path is not absolute and canonical, or is the root
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
    }

    /** The group of that name in this one. */
    public CgroupPath child(String name) {
        return new CgroupPath(value + "/" + name);
    }

    /** The group of another pod or container beside this one, called in the same manner. */
    public CgroupPath beside(String id) {
        return new CgroupPath(parent() + "/" + (isScope() ? scope(id) : id));
    }

    /** Whether it is that of a unit which systemd makes for a pod or container. */
    public boolean isScope() {
        return name().startsWith(PREFIX) && name().endsWith(SUFFIX);
    }

    /** Whether it is that of a slice, a unit of systemd with others in it. */
    boolean isSlice() {
        return SliceName.isSlice(name());
    }

    /** The id of the pod or container whose it is, if it is one's. */
    public String id() {
        String name = name();
        return isScope() ? name.substring(PREFIX.length(), name.length() - SUFFIX.length()) : name;
    }

    /**
     * As OCI runtimes that use systemd are given it: slice, prefix and name (config-linux.md).
     *
     * @throws IllegalStateException when it is not a scope's
     */
    public String systemdForm() {
        if (!isScope()) {
            throw new IllegalStateException(value + " is not the group of a scope");
        }
        return slice() + ":" + OWNER + ":" + id();
    }

    /** Its own name. */
    String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    /** The name of what it is in. */
    String slice() {
        String parent = parent();
        return parent.substring(parent.lastIndexOf('/') + 1);
    }

    /** The path of what it is in; empty: the root. */
    String parent() {
        return value.substring(0, value.lastIndexOf('/'));
    }

    /** The unit of a pod or container. */
    static String scope(String id) {
        return PREFIX + id + SUFFIX;
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
