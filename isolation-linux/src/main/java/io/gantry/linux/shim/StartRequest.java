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

    /**
     * Where the process runs.
     *
     * @param target the container that an exec enters, or whose pid namespace a container joins;
     *     empty when none
     * @param cloneFlags of clone3(2), CLONE_NEWNS and the like
     * @param cgroup directory of a version 2 cgroup to be born in
     */
    public record Placement(
            ProcessEntry.Kind kind,
            String target,
            PidNamespace pidNamespace,
            long cloneFlags,
            Optional<Path> cgroup) {

        /** A container's first process, in the pid namespace that the clone flags say. */
        public static Placement container(long cloneFlags, Optional<Path> cgroup) {
            return new Placement(
                    ProcessEntry.Kind.CONTAINER, "", PidNamespace.CLONE_FLAGS, cloneFlags, cgroup);
        }

        /** A container's first process, in the pid namespace of its pod. */
        public static Placement containerInPod(long cloneFlags, Optional<Path> cgroup) {
            return new Placement(
                    ProcessEntry.Kind.CONTAINER, "", PidNamespace.POD, cloneFlags, cgroup);
        }

        /** A process that enters a running container, its pid namespace first of all. */
        public static Placement exec(String container, Optional<Path> cgroup) {
            return new Placement(ProcessEntry.Kind.EXEC, container, PidNamespace.TARGET, 0, cgroup);
        }
    }

    /** Which pid namespace a process is born in. */
    public enum PidNamespace {
        /** The host's, or a new one when the clone flags have CLONE_NEWPID. */
        CLONE_FLAGS(0),
        /** The pod's shared one, whose first process is the shim's reaper. */
        POD(1),
        /** That of the target container. */
        TARGET(2);

        private final int number;

        PidNamespace(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /**
     * Standard streams.
     *
     * @param stdin whether standard input is a pipe that stays open, else it is /dev/null
     * @param terminal whether the program opens a pseudo terminal and sends its master
     * @param closeStdin whether standard input ends when the first client attached to it goes
     * @param rows 0 when unknown
     * @param columns 0 when unknown
     */
    public record StandardIo(
            boolean stdin, boolean terminal, boolean closeStdin, int rows, int columns) {

        /** No input; output by pipes. */
        public static final StandardIo OUTPUT_ONLY = new StandardIo(false, false, false, 0, 0);
    }

    /**
     * Files that outlive the process.
     *
     * @param log CRI log that output is appended to
     * @param exitRecord where {@link ExitRecord} is to appear
     */
    public record Files(Optional<Path> log, Optional<Path> exitRecord) {

        /** Neither. */
        public static final Files NONE = new Files(Optional.empty(), Optional.empty());
    }
}
