package io.gantry.cri.translate;

import io.gantry.proto.cri.ContainerResources;
import io.gantry.proto.cri.HugepageLimit;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.runtime.pod.LinuxResources;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Resource limits. */
public final class ResourceProtos {

    private static final int MAX_OOM_SCORE_ADJ = 1000;
    private static final int UNLIMITED = -1;
    private static final Pattern PAGE_SIZE = Pattern.compile("[1-9][0-9]*[KMG]B");

    private ResourceProtos() {}

    /**
     * Limits as the domain has them.
     *
     * @param field what the message is called, for failures
     * @throws io.gantry.base.error.InvalidArgumentException naming the field of a value that no
     *     kernel takes
     */
    public static LinuxResources toDomain(String field, LinuxContainerResources proto) {
        check(field, proto);
        return new LinuxResources(
                proto.getCpuPeriod(),
                proto.getCpuQuota(),
                proto.getCpuShares(),
                proto.getMemoryLimitInBytes(),
                proto.getOomScoreAdj(),
                proto.getCpusetCpus(),
                proto.getCpusetMems(),
                hugepages(field + ".hugepage_limits", proto),
                proto.getUnifiedMap(),
                proto.getMemorySwapLimitInBytes());
    }

    private static void check(String field, LinuxContainerResources proto) {
        long oom = proto.getOomScoreAdj();
        if (oom < -MAX_OOM_SCORE_ADJ || oom > MAX_OOM_SCORE_ADJ) {
            throw Fields.invalid(
                    field + ".oom_score_adj", oom, "it must be between -1000 and 1000");
        }
        notBelow(0, field + ".cpu_period", proto.getCpuPeriod());
        notBelow(UNLIMITED, field + ".cpu_quota", proto.getCpuQuota());
        notBelow(0, field + ".cpu_shares", proto.getCpuShares());
        long memory = proto.getMemoryLimitInBytes();
        long swap = proto.getMemorySwapLimitInBytes();
        notBelow(0, field + ".memory_limit_in_bytes", memory);
        notBelow(UNLIMITED, field + ".memory_swap_limit_in_bytes", swap);
        if (swap > 0 && swap < memory) {
            throw Fields.invalid(
                    field + ".memory_swap_limit_in_bytes",
                    swap,
                    "it includes memory, so it must not be below memory_limit_in_bytes, " + memory);
        }
    }

    private static void notBelow(long least, String field, long value) {
        if (value < least) {
            throw Fields.invalid(
                    field,
                    value,
                    least == 0 ? "it must not be negative" : "it must not be below -1, no limit");
        }
    }

    private static Map<String, Long> hugepages(String field, LinuxContainerResources proto) {
        Map<String, Long> limits = new LinkedHashMap<>();
        proto.getHugepageLimitsList()
                .forEach(
                        limit -> {
                            String size = limit.getPageSize();
                            if (!PAGE_SIZE.matcher(size).matches()) {
                                throw Fields.invalid(
                                        field + ".page_size", size, "it must be as 2MB or 1GB");
                            }
                            notBelow(0, field + ".limit", limit.getLimit());
                            limits.put(size, limit.getLimit());
                        });
        return limits;
    }

    static ContainerResources toProto(LinuxResources domain) {
        LinuxContainerResources.Builder linux =
                LinuxContainerResources.newBuilder()
                        .setCpuPeriod(domain.cpuPeriod())
                        .setCpuQuota(domain.cpuQuota())
                        .setCpuShares(domain.cpuShares())
                        .setMemoryLimitInBytes(domain.memoryLimit())
                        .setOomScoreAdj(domain.oomScoreAdj())
                        .setCpusetCpus(domain.cpusetCpus())
                        .setCpusetMems(domain.cpusetMems())
                        .putAllUnified(domain.unified())
                        .setMemorySwapLimitInBytes(domain.memorySwapLimit());
        domain.hugepageLimits()
                .forEach(
                        (size, limit) ->
                                linux.addHugepageLimits(
                                        HugepageLimit.newBuilder()
                                                .setPageSize(size)
                                                .setLimit(limit)));
        return ContainerResources.newBuilder().setLinux(linux).build();
    }
}
