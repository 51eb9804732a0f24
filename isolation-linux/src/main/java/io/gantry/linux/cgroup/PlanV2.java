package io.gantry.linux.cgroup;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Resources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Limits, which come in the units of cgroup v1, as writes to the files of cgroup v2. */
final class PlanV2 {

    private static final String MAX = "max";
    private static final long DEFAULT_PERIOD = 100_000;

    private static final long MIN_SHARES = 2;
    private static final long MAX_SHARES = 262_144;

    private PlanV2() {}

    /**
     * The writes.
     *
     * @throws InvalidArgumentException when limits contradict each other, or a name is no file's
     */
    static List<Write> of(Resources wanted) {
        List<Write> writes = new ArrayList<>();
        cpu(wanted, writes);
        memory(wanted, writes);
        Long pids = wanted.pidsLimit();
        if (pids != null) {
            writes.add(limit("pids.max", pids > 0 ? pids : -1));
        }
        wanted.hugepageLimits()
                .forEach(
                        (size, limit) -> {
                            String file = "hugetlb." + size + ".max";
                            writes.add(
                                    limit > 0
                                            ? Write.of(file, limit.toString())
                                            : Write.dispensable(file, limit.toString()));
                        });
        wanted.unified().forEach((file, value) -> writes.add(unified(file, value)));
        return writes;
    }

    private static void cpu(Resources wanted, List<Write> writes) {
        Long shares = wanted.cpuShares();
        if (shares != null && shares != 0) {
            writes.add(Write.of("cpu.weight", Long.toString(weight(shares))));
        }
        long quota = orZero(wanted.cpuQuota());
        long period = orZero(wanted.cpuPeriod());
        if (quota > 0) {
            writes.add(Write.of("cpu.max", quota + " " + (period == 0 ? DEFAULT_PERIOD : period)));
        } else if (quota < 0 || period != 0) {
            writes.add(
                    Write.dispensable(
                            "cpu.max", MAX + " " + (period == 0 ? DEFAULT_PERIOD : period)));
        }
        if (!wanted.cpusetCpus().isEmpty()) {
            writes.add(Write.of("cpuset.cpus", wanted.cpusetCpus()));
        }
        if (!wanted.cpusetMems().isEmpty()) {
            writes.add(Write.of("cpuset.mems", wanted.cpusetMems()));
        }
    }

    private static void memory(Resources wanted, List<Write> writes) {
        long limit = orZero(wanted.memoryLimit());
        long swap = orZero(wanted.memorySwap());
        if (limit < 0 && swap == 0) {
            swap = -1;
        }
        if (swap < 0) {
            writes.add(Write.dispensable("memory.swap.max", MAX));
        } else if (swap > 0) {
            writes.add(swapOnly(limit, swap));
        }
        if (limit != 0) {
            writes.add(limit("memory.max", limit));
        }
        long reservation = orZero(wanted.memoryReservation());
        if (reservation != 0) {
            writes.add(limit("memory.low", reservation));
        }
    }

    /** v1 limits memory and swap together, v2 swap alone. */
    private static Write swapOnly(long limit, long swap) {
        if (limit <= 0) {
            throw new InvalidArgumentException(
                    "swap limit " + swap + " needs a memory limit to be counted from");
        }
        if (swap < limit) {
            throw new InvalidArgumentException(
                    "limit of memory and swap " + swap + " is below that of memory, " + limit);
        }
        return swap == limit
                ? Write.dispensable("memory.swap.max", "0")
                : Write.of("memory.swap.max", Long.toString(swap - limit));
    }

    /**
     * CPU weight (1 to 10000, default 100) of CPU shares (2 to 262144, default 1024). The curve
     * goes through both ends and through the defaults; it is the one that the OCI runtimes agreed
     * on in 2025.
     */
    static long weight(long shares) {
        if (shares <= MIN_SHARES) {
            return 1;
        }
        if (shares >= MAX_SHARES) {
            return 10_000;
        }
        double log = Math.log((double) shares) / Math.log(2);
        double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
        return (long) Math.ceil(Math.pow(10, exponent));
    }

    private static Write unified(String file, String value) {
        if (file.indexOf('/') >= 0 || file.indexOf('.') <= 0) {
            throw new InvalidArgumentException(
                    "unified resource \"" + file + "\" is not the name of a cgroup file");
        }
        return Write.of(file, value);
    }

    private static Write limit(String file, long value) {
        return value > 0 ? Write.of(file, Long.toString(value)) : Write.dispensable(file, MAX);
    }

    private static long orZero(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
