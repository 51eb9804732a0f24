package io.gantry.runtime.service;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.linux.cgroup.LimitRefusedException;
import io.gantry.runtime.container.ContainerId;
import java.util.Map;

/** Which field of the CRI's resources the kernel's files belong to. */
final class ResourceFields {

    private static final Map<String, String> BY_FILE =
            Map.ofEntries(
                    Map.entry("cpu.shares", "cpu_shares"),
                    Map.entry("cpu.weight", "cpu_shares"),
                    Map.entry("cpu.cfs_quota_us", "cpu_quota"),
                    Map.entry("cpu.cfs_period_us", "cpu_period"),
                    Map.entry("cpu.max", "cpu_quota or cpu_period"),
                    Map.entry("cpuset.cpus", "cpuset_cpus"),
                    Map.entry("cpuset.mems", "cpuset_mems"),
                    Map.entry("memory.limit_in_bytes", "memory_limit_in_bytes"),
                    Map.entry("memory.max", "memory_limit_in_bytes"),
                    Map.entry("memory.memsw.limit_in_bytes", "memory_swap_limit_in_bytes"),
                    Map.entry("memory.swap.max", "memory_swap_limit_in_bytes"));

    private ResourceFields() {}

    /** What a client is told of a limit that the kernel did not take. */
    static ServiceException refusal(ContainerId container, LimitRefusedException refused) {
        String message =
                "linux."
                        + of(refused.file())
                        + " is refused for container "
                        + container
                        + ": "
                        + refused.getMessage();
        return refused.inUse()
                ? new FailedPreconditionException(message, refused)
                : new InvalidArgumentException(message, refused);
    }

    static String of(String file) {
        if (file.startsWith("hugetlb.")) {
            return "hugepage_limits";
        }
        return BY_FILE.getOrDefault(file, "unified[\"" + file + "\"]");
    }
}
