package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.runtime.pod.LinuxResources;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Limits of the CRI, where zero says nothing, as those of the specification. */
final class Limits {

    private static final long MIN_OOM_SCORE_ADJ = -1000;
    private static final long MAX_OOM_SCORE_ADJ = 1000;

    private Limits() {}

    static Resources of(LinuxResources cri, List<DeviceRule> devices) {
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
                null,
                cri.hugepageLimits(),
                cri.unified());
    }

    /**
     * How readily the kernel kills the container.
     *
     * @throws InvalidArgumentException when out of range
     */
    static Integer oomScoreAdj(LinuxResources cri) {
        if (cri.oomScoreAdj() < MIN_OOM_SCORE_ADJ || cri.oomScoreAdj() > MAX_OOM_SCORE_ADJ) {
            throw new InvalidArgumentException(
                    "oom_score_adj " + cri.oomScoreAdj() + " is not within -1000 and 1000");
        }
        return (int) cri.oomScoreAdj();
    }

    private static @Nullable Long given(long value) {
        return value == 0 ? null : Long.valueOf(value);
    }
}
