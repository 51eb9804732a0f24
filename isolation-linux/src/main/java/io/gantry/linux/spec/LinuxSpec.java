package io.gantry.linux.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Linux part of a specification.
 *
 * @param namespaces those that are new or joined; one that is not listed is shared with the shim
 * @param uidMappings of a new user namespace
 * @param gidMappings of a new user namespace
 * @param devices nodes to make in /dev
 * @param cgroupsPath below the mount point of each hierarchy, as /gantry/ID
 * @param resources limits and device rules
 * @param seccomp system call filter; null: none
 * @param rootfsPropagation of the root mount, not of those below: shared, slave, private or empty
 * @param maskedPaths hidden from the container
 * @param readonlyPaths read-only to the container
 * @param sysctl kernel parameters of the namespaces, as net.ipv4.ip_forward
 * @param mountLabel SELinux label of the container's files; empty: none
 */
public record LinuxSpec(
        List<Namespace> namespaces,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings,
        List<DeviceNode> devices,
        String cgroupsPath,
        Resources resources,
        @Nullable Seccomp seccomp,
        String rootfsPropagation,
        List<String> maskedPaths,
        List<String> readonlyPaths,
        Map<String, String> sysctl,
        String mountLabel) {

    public LinuxSpec {
        namespaces = List.copyOf(namespaces);
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
        devices = List.copyOf(devices);
        maskedPaths = List.copyOf(maskedPaths);
        readonlyPaths = List.copyOf(readonlyPaths);
        // A daemon that knew none has written some that are read back by this one.
        mountLabel = mountLabel == null ? "" : mountLabel;
    }

    /** One without a label. */
    public LinuxSpec(
            List<Namespace> namespaces,
            List<IdMapping> uidMappings,
            List<IdMapping> gidMappings,
            List<DeviceNode> devices,
            String cgroupsPath,
            Resources resources,
            @Nullable Seccomp seccomp,
            String rootfsPropagation,
            List<String> maskedPaths,
            List<String> readonlyPaths,
            Map<String, String> sysctl) {
        this(
                namespaces,
                uidMappings,
                gidMappings,
                devices,
                cgroupsPath,
                resources,
                seccomp,
                rootfsPropagation,
                maskedPaths,
                readonlyPaths,
                sysctl,
                "");
    }

    /** The same with other namespaces. */
    public LinuxSpec with(List<Namespace> others) {
        return new LinuxSpec(
                others,
                uidMappings,
                gidMappings,
                devices,
                cgroupsPath,
                resources,
                seccomp,
                rootfsPropagation,
                maskedPaths,
                readonlyPaths,
                sysctl,
                mountLabel);
    }

    /** The same with another label of the container's files. */
    public LinuxSpec with(String otherMountLabel) {
        return new LinuxSpec(
                namespaces,
                uidMappings,
                gidMappings,
                devices,
                cgroupsPath,
                resources,
                seccomp,
                rootfsPropagation,
                maskedPaths,
                readonlyPaths,
                sysctl,
                otherMountLabel);
    }

    /**
     * A namespace to be in.
     *
     * @param path of one to join; empty: a new one
     */
    public record Namespace(NamespaceType type, String path) {}

    /** Kinds of namespaces (namespaces(7)), named as in the specification. */
    public enum NamespaceType {
        PID,
        NETWORK,
        MOUNT,
        IPC,
        UTS,
        USER,
        CGROUP
    }

    /** A range of a user namespace (user_namespaces(7)). */
    public record IdMapping(long containerId, long hostId, long size) {}

    /**
     * A device node.
     *
     * @param type c, b, u or p
     * @param fileMode permission bits
     */
    public record DeviceNode(
            String path, String type, long major, long minor, int fileMode, int uid, int gid) {}
}
