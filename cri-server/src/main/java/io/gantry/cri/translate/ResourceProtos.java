package io.gantry.cri.translate;

import io.gantry.proto.cri.ContainerResources;
import io.gantry.proto.cri.HugepageLimit;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.runtime.pod.LinuxResources;
import java.util.LinkedHashMap;
import java.util.Map;

/** Resource limits. */
public final class ResourceProtos {

    private static final int MAX_OOM_SCORE_ADJ = 1000;

    private ResourceProtos() {}

    /** Limits as the domain has them. */
    public static LinuxResources toDomain(String field, LinuxContainerResources proto) {
        long oom = proto.getOomScoreAdj();
        if (oom < -MAX_OOM_SCORE_ADJ || oom > MAX_OOM_SCORE_ADJ) {
            throw Fields.invalid(
                    field + ".oom_score_adj", oom, "it must be between -1000 and 1000");
        }
        if (proto.getMemoryLimitInBytes() < 0) {
            throw Fields.invalid(
                    field + ".memory_limit_in_bytes",
                    proto.getMemoryLimitInBytes(),
                    "it must not be negative");
        }
        Map<String, Long> hugepages = new LinkedHashMap<>();
        proto.getHugepageLimitsList()
                .forEach(limit -> hugepages.put(limit.getPageSize(), limit.getLimit()));
        return new LinuxResources(
                proto.getCpuPeriod(),
                proto.getCpuQuota(),
                proto.getCpuShares(),
                proto.getMemoryLimitInBytes(),
                oom,
                proto.getCpusetCpus(),
                proto.getCpusetMems(),
                hugepages,
                proto.getUnifiedMap(),
                proto.getMemorySwapLimitInBytes());
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
