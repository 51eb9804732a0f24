package io.gantry.linux.cgroup;

import io.gantry.base.Clock;
import io.gantry.linux.procfs.MountTable;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.linux.systemd.Units;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The control groups of a machine. Thread-safe; that two callers do not change the same group at
 * once is up to them. Failures name the file and the kernel's reason.
 */
public interface CgroupManager {

    /** The two interfaces of the kernel (cgroups(7)). */
    enum Version {
        V1,
        V2
    }

    /**
     * The control groups that are mounted.
     *
     * @param mounts of this process
     * @param clock paces the waiting for processes that are still ending
     * @throws IOException when there are none, with what to mount
     */
    static CgroupManager detect(MountTable mounts, Syscalls syscalls, Clock clock)
            throws IOException {
        return switch (CgroupMounts.of(mounts)) {
            case CgroupMounts.V1 first -> new CgroupV1(first, syscalls, clock);
            case CgroupMounts.V2(Path root) -> new CgroupV2(root, syscalls, clock);
        };
    }

    /**
     * The control groups of a machine whose systemd makes those of pods and containers as units.
     * Groups of other names are made as without it.
     *
     * @param mounts of this process
     * @param clock paces the waiting for systemd, and for processes that are still ending
     * @param record file, in a directory that a reboot clears, of kills for want of memory, which
     *     systemd does not keep
     * @throws IOException when there is no version 2
     */
    static CgroupManager systemd(
            MountTable mounts, Syscalls syscalls, Clock clock, Units units, Path record)
            throws IOException {
        return switch (CgroupMounts.of(mounts)) {
            case CgroupMounts.V1 _ ->
                    throw new IOException(
                            "the systemd cgroup driver needs cgroup v2, and "
                                    + CgroupMounts.ROOT
                                    + " has the hierarchies of v1");
            case CgroupMounts.V2(Path root) ->
                    new SystemdCgroups(
                            root, new CgroupV2(root, syscalls, clock), units, record, clock);
        };
    }

    Version version();

    /** Controllers that limits can be set with, as cpu and memory. */
    Set<String> controllers() throws IOException;

    /**
     * Makes a group and its parents, and sets its limits and device rules; what is there already is
     * no error. Without device rules all devices are allowed that the parent allows.
     *
     * @throws LimitRefusedException when the kernel does not take a limit, which it names
     * @throws IOException when the kernel refuses the rest, or a limit needs a controller that is
     *     not there
     */
    void create(CgroupPath path, Resources resources) throws IOException;

    /**
     * Says that processes have come into a group that was made: from now on they keep it, and
     * whatever did so until then may go.
     */
    default void occupied(CgroupPath path) {}

    /**
     * Changes limits of a group that exists, all of them or none; its device rules stay. A limit of
     * memory below what is in use, and cannot be reclaimed, is refused: nothing is killed for it.
     *
     * @throws LimitRefusedException when the kernel does not take one, which it names
     * @throws IOException when a limit needs a controller that is not there
     */
    void update(CgroupPath path, Resources resources) throws IOException;

    /**
     * The files into which a process of one thread writes 0 to become a member, of those
     * hierarchies that it is not born into.
     */
    List<Path> joinFiles(CgroupPath path);

    /**
     * The directory into which clone3(2) puts a new process with CLONE_INTO_CGROUP; only the
     * hierarchy of version 2 has one, be it alone or beside those of version 1.
     */
    Optional<Path> cloneInto(CgroupPath path);

    /** Processes in the group and below it; none when it is not there. */
    List<Integer> processes(CgroupPath path) throws IOException;

    /**
     * Sends SIGKILL to every process in the group and below, those included that are being forked.
     * They may take a while to end. A group that is not there is no error.
     */
    void killAll(CgroupPath path) throws IOException;

    /** Processes in the group and below that the kernel killed for want of memory. */
    long oomKills(CgroupPath path) throws IOException;

    /**
     * What the group and those below it use and have used.
     *
     * @throws java.nio.file.NoSuchFileException when there is no such group
     */
    CgroupUsage usage(CgroupPath path) throws IOException;

    /**
     * The time of processors alone, which costs one file: nanoseconds since the group was made.
     *
     * @throws java.nio.file.NoSuchFileException when there is no such group
     */
    long cpuNanos(CgroupPath path) throws IOException;

    /**
     * What is counted beyond processors and memory, which costs some files more.
     *
     * @throws java.nio.file.NoSuchFileException when there is no such group
     */
    CgroupAccounts accounts(CgroupPath path) throws IOException;

    /** Stops every process in the group and below, and returns once they are. */
    void freeze(CgroupPath path) throws IOException;

    /** Undoes {@link #freeze}. */
    void thaw(CgroupPath path) throws IOException;

    /**
     * Removes the group and those below it, waiting shortly for processes that are just ending. One
     * that is not there is no error.
     *
     * @throws IOException naming the group that cannot be removed and the processes in it
     */
    void remove(CgroupPath path) throws IOException;

    /** The groups directly in this one, by name; none when it is not there. */
    List<CgroupPath> children(CgroupPath path) throws IOException;
}
