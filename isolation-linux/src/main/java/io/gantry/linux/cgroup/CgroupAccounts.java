package io.gantry.linux.cgroup;

import java.util.List;
import java.util.OptionalLong;

/**
 * What the kernel counts of a control group beyond processors and memory, for metrics.
 *
 * @param devices block devices that it has read or written; none where the kernel does not tell
 * @param hugePages by size; none where there is no such controller
 * @param threadLimit most processes and threads at once; empty: no limit
 */
public record CgroupAccounts(
        List<DeviceIo> devices, List<HugePages> hugePages, OptionalLong threadLimit) {

    public CgroupAccounts {
        devices = List.copyOf(devices);
        hugePages = List.copyOf(hugePages);
    }

    /** What was read and written on a block device, in bytes and operations. */
    public record DeviceIo(
            int major, int minor, long readBytes, long writtenBytes, long reads, long writes) {}

    /**
     * Huge pages in use.
     *
     * @param size of a page, as 2MB
     * @param usage bytes
     * @param highest usage ever seen, in bytes; empty where the kernel does not tell
     */
    public record HugePages(String size, long usage, OptionalLong highest) {}
}
