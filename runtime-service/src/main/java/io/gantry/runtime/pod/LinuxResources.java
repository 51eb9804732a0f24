package io.gantry.runtime.pod;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Resource limits as the CRI gives them ({@code LinuxContainerResources}); a zero or empty value
 * says nothing.
 *
 * @param cpuPeriod microseconds
 * @param cpuQuota microseconds per period; −1 is no limit
 * @param cpuShares relative weight
 * @param memoryLimit bytes
 * @param oomScoreAdj −1000 to 1000
 * @param hugepageLimits bytes by page size as 2MB
 * @param unified cgroup v2 file to value
 * @param memorySwapLimit bytes of memory and swap together
 */
public record LinuxResources(
        long cpuPeriod,
        long cpuQuota,
        long cpuShares,
        long memoryLimit,
        long oomScoreAdj,
        String cpusetCpus,
        String cpusetMems,
        Map<String, Long> hugepageLimits,
        Map<String, String> unified,
        long memorySwapLimit) {

    public LinuxResources {
        hugepageLimits = Collections.unmodifiableMap(new LinkedHashMap<>(hugepageLimits));
        unified = Collections.unmodifiableMap(new LinkedHashMap<>(unified));
    }

    /** Nothing said. */
    public static LinuxResources none() {
        return new LinuxResources(0, 0, 0, 0, 0, "", "", Map.of(), Map.of(), 0);
    }
}
