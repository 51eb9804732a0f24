package io.gantry.linux.shim;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A process to be started by a shim.
 *
 * @param id 1 to 128 of {@code [A-Za-z0-9_.-]}, new to the shim
 * @param program a launch program in its byte format; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // large, written once to a socket, never compared
public record StartRequest(
        String id, Placement placement, StandardIo io, Files files, byte[] program) {

    /** A process by which the pod's own pid namespace lives and is known. */
    public static StartRequest reaper(String id, long cloneFlags, byte[] program) {
        return new StartRequest(
                id,
                new Placement(ProcessEntry.Kind.REAPER, "", cloneFlags, Optional.empty()),
                StandardIo.OUTPUT_ONLY,
                Files.NONE,
                program);
    }

    /**
     * Where the process runs.
     *
     * @param target the process in whose pid namespace it is born: the container that an exec
     *     enters, or whose namespace a container joins, or the pod's reaper; empty when none
     * @param cloneFlags of clone3(2), CLONE_NEWNS and the like
     * @param cgroup directory of a version 2 cgroup to be born in
     * @param outside whether the target is only named and the process is born where the shim is
     */
    public record Placement(
            ProcessEntry.Kind kind,
            String target,
            long cloneFlags,
            Optional<Path> cgroup,
            boolean outside) {

        /** One that is born in the namespace of its target. */
        Placement(ProcessEntry.Kind kind, String target, long cloneFlags, Optional<Path> cgroup) {
            this(kind, target, cloneFlags, cgroup, false);
        }

        /** A container's first process, in the pid namespace that the clone flags say. */
        public static Placement container(long cloneFlags, Optional<Path> cgroup) {
            return containerWith("", cloneFlags, cgroup);
        }

        /** A container's first process, in the pid namespace of a process that runs. */
        public static Placement containerWith(
                String target, long cloneFlags, Optional<Path> cgroup) {
            return new Placement(ProcessEntry.Kind.CONTAINER, target, cloneFlags, cgroup);
        }

        /** A process that enters a running container, its pid namespace first of all. */
        public static Placement exec(String container, Optional<Path> cgroup) {
            return new Placement(ProcessEntry.Kind.EXEC, container, 0, cgroup);
        }

        /** A process that has another one brought into a running container. */
        public static Placement execFromOutside(String container) {
            return new Placement(ProcessEntry.Kind.EXEC, container, 0, Optional.empty(), true);
        }
    }

    /**
     * Standard streams.
     *
     * @param stdin whether standard input is a pipe that stays open, else it is /dev/null
     * @param terminal whether the program opens a pseudo terminal and sends its master
     * @param closeStdin whether standard input ends when the first client attached to it goes
     */
    public record StandardIo(boolean stdin, boolean terminal, boolean closeStdin) {

        /** No input; output by pipes. */
        public static final StandardIo OUTPUT_ONLY = new StandardIo(false, false, false);
    }

    /**
     * Files that outlive the process.
     *
     * @param log CRI log that output is appended to
     * @param exitRecord where {@link ProcessEntry#readRecord the record of its exit} is to appear
     */
    public record Files(Optional<Path> log, Optional<Path> exitRecord) {

        /** Neither. */
        public static final Files NONE = new Files(Optional.empty(), Optional.empty());
    }
}
