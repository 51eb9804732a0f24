package io.gantry.linux.cgroup;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a control group, with those below it, has used and uses; what the kernel does not count is
 * zero or empty.
 *
 * @param pids processes and threads
 */
public record CgroupUsage(Cpu cpu, Memory memory, Stalls stalls, long pids) {

    /**
     * Time of processors since the group was made, in nanoseconds.
     *
     * @param periods in which the group had a quota
     * @param throttledPeriods in which it had to wait for the end
     * @param throttledNanos for which it had to
     */
    public record Cpu(
            long usageNanos,
            long userNanos,
            long systemNanos,
            long periods,
            long throttledPeriods,
            long throttledNanos) {}

    /**
     * Memory in bytes.
     *
     * @param usage all that is charged, pages of files included
     * @param inactiveFile of these, pages of files that nobody has touched for long
     * @param rss anonymous pages
     * @param cache pages of files
     * @param mappedFile of these, what is mapped
     * @param kernel what the kernel holds for the group
     * @param swap swapped out
     * @param highest usage ever seen; zero: not known
     * @param refusals how often a limit was hit
     * @param oomKills processes killed for want of memory
     */
    public record Memory(
            long usage,
            long inactiveFile,
            long rss,
            long cache,
            long mappedFile,
            long kernel,
            long swap,
            long highest,
            long refusals,
            long oomKills,
            long pageFaults,
            long majorPageFaults,
            OptionalLong limit,
            OptionalLong swapLimit) {

        /** What cannot be given up at once: usage less inactive pages of files. */
        public long workingSet() {
            return Math.max(0, usage - inactiveFile);
        }
    }

    /** Pressure stall information by resource, where the kernel has it. */
    public record Stalls(
            Optional<Pressure> cpu, Optional<Pressure> memory, Optional<Pressure> io) {}
}
