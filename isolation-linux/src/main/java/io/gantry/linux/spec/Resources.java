package io.gantry.linux.spec;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits of a cgroup, in the units of the specification (those of cgroup v1); null: leave as it is.
 *
 * @param devices rules in order, the last match decides
 * @param cpuShares relative weight, 2 to 262144
 * @param cpuQuota microseconds per period; −1 is no limit
 * @param cpuPeriod microseconds
 * @param cpusetCpus list as 0-3,7; empty: leave
 * @param cpusetMems list of nodes; empty: leave
 * @param memoryLimit bytes; −1 is no limit
 * @param memorySwap bytes of memory and swap together; −1 is no limit
 * @param memoryReservation bytes, soft
 * @param pidsLimit processes; −1 is no limit
 * @param hugepageLimits by page size as 2MB
 * @param unified file name to value, cgroup v2 only
 */
public record Resources(
        List<DeviceRule> devices,
        @Nullable Long cpuShares,
        @Nullable Long cpuQuota,
        @Nullable Long cpuPeriod,
        String cpusetCpus,
        String cpusetMems,
        @Nullable Long memoryLimit,
        @Nullable Long memorySwap,
        @Nullable Long memoryReservation,
        @Nullable Long pidsLimit,
        Map<String, Long> hugepageLimits,
        Map<String, String> unified) {

    public Resources {
        devices = List.copyOf(devices);
    }

    /** No limits and no device rules. */
    public static Resources none() {
        return new Resources(
                List.of(), null, null, null, "", "", null, null, null, null, Map.of(), Map.of());
    }

    /**
     * A rule of the device controller.
     *
     * @param type a (all), c or b
     * @param major null: any
     * @param minor null: any
     * @param access of r, w and m
     */
    public record DeviceRule(
            boolean allow,
            String type,
            @Nullable Long major,
            @Nullable Long minor,
            String access) {}
}
