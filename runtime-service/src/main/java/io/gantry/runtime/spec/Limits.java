package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.runtime.pod.LinuxResources;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Limits of the CRI, where zero says nothing, as those of the specification. */
public final class Limits {

    private static final long MIN_OOM_SCORE_ADJ = -1000;
    private static final long MAX_OOM_SCORE_ADJ = 1000;

    /** The one file of cgroup v2 that means the same in v1, where it is a limit of its own. */
    private static final String PIDS_MAX = "pids.max";

    private Limits() {}

    /**
     * The same limits; what is not given is null or empty.
     *
     * @throws InvalidArgumentException when one of them cannot be told in the specification
     */
    public static Resources of(LinuxResources cri, List<DeviceRule> devices) {
        Map<String, String> unified = new LinkedHashMap<>(cri.unified());
        Long pids = pids(unified.remove(PIDS_MAX));
        return new Resources(
                devices,
                given(cri.cpuShares()),
                given(cri.cpuQuota()),
                given(cri.cpuPeriod()),
                cri.cpusetCpus(),
                cri.cpusetMems(),
                given(cri.memoryLimit()),
                // A limit of memory alone means no swap, as the CRI's peers have it.
                given(cri.memorySwapLimit() == 0 ? cri.memoryLimit() : cri.memorySwapLimit()),
                null,
                pids,
                cri.hugepageLimits(),
                unified);
    }

    /**
     * How readily the kernel kills the container.
     *
     * @throws InvalidArgumentException when out of range
     */
    public static Integer oomScoreAdj(LinuxResources cri) {
        if (cri.oomScoreAdj() < MIN_OOM_SCORE_ADJ || cri.oomScoreAdj() > MAX_OOM_SCORE_ADJ) {
            throw new InvalidArgumentException(
                    "oom_score_adj " + cri.oomScoreAdj() + " is not within -1000 and 1000");
        }
        return (int) cri.oomScoreAdj();
    }

    private static @Nullable Long pids(@Nullable String max) {
        if (max == null) {
            return null;
        }
        if (max.equals("max")) {
            return -1L;
        }
        try {
            return Long.valueOf(max);
        } catch (NumberFormatException e) {
            throw new InvalidArgumentException(
                    "unified resource pids.max is \"" + max + "\": it must be a number or max", e);
        }
    }

    private static @Nullable Long given(long value) {
        return value == 0 ? null : Long.valueOf(value);
    }
}
