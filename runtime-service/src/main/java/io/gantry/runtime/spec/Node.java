package io.gantry.runtime.spec;

import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.security.AppArmor;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.spec.Seccomp;
import io.gantry.runtime.cdi.CdiCatalog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What a specification depends on of the machine that the container runs on. Thread-safe. */
public interface Node {

    /** How mounts below a mount pass between it and others (mount_namespaces(7)). */
    enum Propagation {
        PRIVATE,
        SLAVE,
        SHARED
    }

    /**
     * The mount in which a path lies.
     *
     * @param mountPoint where it is mounted
     * @param type of its file system
     */
    record PathMount(String mountPoint, String type, Propagation propagation) {}

    /**
     * A device node of the host.
     *
     * @param type c or b
     * @param mode permission bits
     */
    record Device(String type, long major, long minor, int mode, int uid, int gid) {}

    /** A path with symbolic links followed; unchanged when nothing is there. */
    Path resolve(Path path) throws IOException;

    /**
     * Makes a directory and those above it, where nothing is at a path.
     *
     * @throws IOException when it cannot be made, saying why
     */
    void makeDirectory(Path path) throws IOException;

    /** The mount in which a resolved path lies. */
    PathMount mountOf(Path path) throws IOException;

    /** The device at a path, links followed; empty when there is no device. */
    Optional<Device> device(Path path) throws IOException;

    /** The devices below a directory, in order; empty when it is none. */
    List<Path> devicesBelow(Path directory) throws IOException;

    /** Content of a file of the host. */
    byte[] read(Path file) throws IOException;

    /** Whether a bind mount can be made read-only with all mounts below it. */
    boolean recursiveReadonly();

    /**
     * The most of what is at a path whose ids can be mapped.
     *
     * @param users file of a user namespace
     */
    IdMapping idMapping(Path source, Path users) throws IOException;

    /** The machine as Docker names it: amd64 or arm64. */
    String machine();

    /** Release of the running kernel, as 6.1.0-13-amd64. */
    String kernel();

    /** The default filter of system calls for a process with these capabilities. */
    Seccomp defaultSeccomp(List<String> capabilities);

    /** What is known of profiles of AppArmor. */
    AppArmor apparmor();

    /** What is known of SELinux. */
    Selinux selinux();

    /** The devices that vendors describe, read now. */
    CdiCatalog cdi();
}
