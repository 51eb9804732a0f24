package io.gantry.runtime.service;

import io.gantry.linux.spec.Resources;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.spec.Limits;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes of limits: what is given replaces what was, what is not given stays. */
final class ResourceChanges {

    private static final long UNLIMITED = -1;

    /** The kernel's own, of cgroup v1; the period is in microseconds. */
    private static final long DEFAULT_SHARES = 1024;

    private static final long DEFAULT_PERIOD = 100_000;

    private ResourceChanges() {}

    /** As the cgroup is to have them. */
    static Resources apply(Resources before, LinuxResources wanted) {
        // As when a container is made: a memory limit without one of swap means no swap.
        Resources changes = Limits.of(wanted, before.devices());
        return new Resources(
                before.devices(),
                given(changes.cpuShares(), before.cpuShares()),
                given(changes.cpuQuota(), before.cpuQuota()),
                given(changes.cpuPeriod(), before.cpuPeriod()),
                given(changes.cpusetCpus(), before.cpusetCpus()),
                given(changes.cpusetMems(), before.cpusetMems()),
                given(changes.memoryLimit(), before.memoryLimit()),
                given(changes.memorySwap(), before.memorySwap()),
                before.memoryReservation(),
                given(changes.pidsLimit(), before.pidsLimit()),
                merged(before.hugepageLimits(), changes.hugepageLimits()),
                merged(before.unified(), changes.unified()));
    }

    /**
     * What puts limits back: those that there were, and none where there was none. The kernel has
     * no word for a set of processors that was never given: that one stays.
     */
    static Resources back(Resources before, Resources after) {
        return new Resources(
                before.devices(),
                orIfSet(before.cpuShares(), after.cpuShares(), DEFAULT_SHARES),
                orIfSet(before.cpuQuota(), after.cpuQuota(), UNLIMITED),
                orIfSet(before.cpuPeriod(), after.cpuPeriod(), DEFAULT_PERIOD),
                before.cpusetCpus(),
                before.cpusetMems(),
                orIfSet(before.memoryLimit(), after.memoryLimit(), UNLIMITED),
                orIfSet(before.memorySwap(), after.memorySwap(), UNLIMITED),
                before.memoryReservation(),
                orIfSet(before.pidsLimit(), after.pidsLimit(), UNLIMITED),
                before.hugepageLimits(),
                before.unified());
    }

    private static @Nullable Long orIfSet(
            @Nullable Long before, @Nullable Long after, long otherwise) {
        return before == null && after != null ? Long.valueOf(otherwise) : before;
    }

    /** As the client sees them. */
    static LinuxResources merge(LinuxResources before, LinuxResources changes) {
        return new LinuxResources(
                given(changes.cpuPeriod(), before.cpuPeriod()),
                given(changes.cpuQuota(), before.cpuQuota()),
                given(changes.cpuShares(), before.cpuShares()),
                given(changes.memoryLimit(), before.memoryLimit()),
                given(changes.oomScoreAdj(), before.oomScoreAdj()),
                given(changes.cpusetCpus(), before.cpusetCpus()),
                given(changes.cpusetMems(), before.cpusetMems()),
                merged(before.hugepageLimits(), changes.hugepageLimits()),
                merged(before.unified(), changes.unified()),
                given(changes.memorySwapLimit(), before.memorySwapLimit()));
    }

    private static @Nullable Long given(@Nullable Long change, @Nullable Long before) {
        return change == null ? before : change;
    }

    private static long given(long change, long before) {
        return change == 0 ? before : change;
    }

    private static String given(String change, String before) {
        return change.isEmpty() ? before : change;
    }

    private static <V> Map<String, V> merged(Map<String, V> before, Map<String, V> changes) {
        Map<String, V> all = new LinkedHashMap<>(before);
        all.putAll(changes);
        return all;
    }
}
