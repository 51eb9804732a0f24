package io.gantry.linux.cgroup;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Resources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Limits as writes to the files of cgroup v1, in an order in which the kernel takes each of them.
 */
final class PlanV1 {

    private static final String MEMORY = "memory.limit_in_bytes";
    private static final String PERIOD = "cpu.cfs_period_us";
    private static final String QUOTA = "cpu.cfs_quota_us";
    private static final String SWAP = "memory.memsw.limit_in_bytes";

    private PlanV1() {}

    /**
     * What is in force; it decides the order.
     *
     * @param memoryLimit bytes
     * @param cpuPeriod microseconds
     */
    record Current(long memoryLimit, long cpuPeriod) {}

    /**
     * The writes.
     *
     * @throws InvalidArgumentException when only cgroup v2 could do what is asked
     */
    static List<Write> of(Resources wanted, Current current) {
        if (!wanted.unified().isEmpty()) {
            throw new InvalidArgumentException(
                    "unified resources "
                            + wanted.unified().keySet()
                            + " need cgroup v2, this machine has v1");
        }
        List<Write> writes = new ArrayList<>();
        cpu(wanted, current, writes);
        memory(wanted, current, writes);
        Long pids = wanted.pidsLimit();
        if (pids != null) {
            writes.add(
                    pids > 0
                            ? Write.of("pids.max", pids.toString())
                            : Write.dispensable("pids.max", "max"));
        }
        wanted.hugepageLimits()
                .forEach(
                        (size, limit) -> {
                            String file = "hugetlb." + size + ".limit_in_bytes";
                            writes.add(
                                    limit > 0
                                            ? Write.of(file, limit.toString())
                                            : Write.dispensable(file, limit.toString()));
                        });
        return writes;
    }

    private static void cpu(Resources wanted, Current current, List<Write> writes) {
        Long shares = wanted.cpuShares();
        if (shares != null && shares != 0) {
            writes.add(Write.of("cpu.shares", shares.toString()));
        }
        bandwidth(wanted, current, writes);
        if (!wanted.cpusetCpus().isEmpty()) {
            writes.add(Write.of("cpuset.cpus", wanted.cpusetCpus()));
        }
        if (!wanted.cpusetMems().isEmpty()) {
            writes.add(Write.of("cpuset.mems", wanted.cpusetMems()));
        }
    }

    /**
     * Between the two writes quota / period must not exceed what the parent has, so it is lowered
     * before it is raised.
     */
    private static void bandwidth(Resources wanted, Current current, List<Write> writes) {
        long quota = orZero(wanted.cpuQuota());
        long period = orZero(wanted.cpuPeriod());
        boolean longer = period >= current.cpuPeriod();
        if (period != 0 && longer) {
            writes.add(Write.of(PERIOD, Long.toString(period)));
        }
        if (quota != 0) {
            writes.add(
                    quota > 0
                            ? Write.of(QUOTA, Long.toString(quota))
                            : Write.dispensable(QUOTA, "-1"));
        }
        if (period != 0 && !longer) {
            writes.add(Write.of(PERIOD, Long.toString(period)));
        }
    }

    /** The limit of memory must not exceed that of memory and swap at any moment. */
    private static void memory(Resources wanted, Current current, List<Write> writes) {
        long limit = orZero(wanted.memoryLimit());
        long swap = orZero(wanted.memorySwap());
        if (limit < 0 && swap == 0) {
            swap = -1;
        }
        boolean swapFirst = limit != 0 && (swap < 0 || current.memoryLimit() < swap);
        if (swap != 0 && swapFirst) {
            writes.add(swapWrite(limit, swap));
        }
        if (limit != 0) {
            writes.add(
                    limit > 0
                            ? Write.of(MEMORY, Long.toString(limit))
                            : Write.dispensable(MEMORY, "-1"));
        }
        if (swap != 0 && !swapFirst) {
            writes.add(swapWrite(limit, swap));
        }
        long reservation = orZero(wanted.memoryReservation());
        if (reservation != 0) {
            writes.add(Write.of("memory.soft_limit_in_bytes", Long.toString(reservation)));
        }
    }

    /** Without accounting of swap there is none to be limited, unless some is asked for. */
    private static Write swapWrite(long limit, long swap) {
        if (swap < 0) {
            return Write.dispensable(SWAP, "-1");
        }
        return swap == limit
                ? Write.dispensable(SWAP, Long.toString(swap))
                : Write.of(SWAP, Long.toString(swap));
    }

    private static long orZero(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
