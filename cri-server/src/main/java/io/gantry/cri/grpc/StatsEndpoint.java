package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.cri.translate.StatsProtos;
import io.gantry.proto.cri.ContainerStats;
import io.gantry.proto.cri.ContainerStatsFilter;
import io.gantry.proto.cri.ContainerStatsRequest;
import io.gantry.proto.cri.ContainerStatsResponse;
import io.gantry.proto.cri.ListContainerStatsRequest;
import io.gantry.proto.cri.ListContainerStatsResponse;
import io.gantry.proto.cri.ListPodSandboxStatsRequest;
import io.gantry.proto.cri.ListPodSandboxStatsResponse;
import io.gantry.proto.cri.PodSandboxStats;
import io.gantry.proto.cri.PodSandboxStatsFilter;
import io.gantry.proto.cri.PodSandboxStatsRequest;
import io.gantry.proto.cri.PodSandboxStatsResponse;
import io.gantry.proto.cri.StreamContainerStatsRequest;
import io.gantry.proto.cri.StreamPodSandboxStatsRequest;
import io.gantry.runtime.stats.RuntimeStats;
import java.util.List;

/** The CRI's calls about what pods and containers use. */
final class StatsEndpoint {

    private final RuntimeStats stats;
    private final CriOwnership ownership;

    StatsEndpoint(RuntimeStats stats, CriOwnership ownership) {
        this.stats = stats;
        this.ownership = ownership;
    }

    ContainerStatsResponse container(ContainerStatsRequest request, Deadline deadline) {
        String id = ownership.getContainer(request.getContainerId()).id().value();
        return ContainerStatsResponse.newBuilder()
                .setStats(StatsProtos.toProto(stats.container(id)))
                .build();
    }

    ListContainerStatsResponse containers(ListContainerStatsRequest request, Deadline deadline) {
        return ListContainerStatsResponse.newBuilder()
                .addAllStats(matching(request.getFilter()))
                .build();
    }

    List<ContainerStats> streamContainers(StreamContainerStatsRequest request, Deadline deadline) {
        return matching(request.getFilter());
    }

    PodSandboxStatsResponse pod(PodSandboxStatsRequest request, Deadline deadline) {
        String id = ownership.getPod(request.getPodSandboxId()).id().value();
        return PodSandboxStatsResponse.newBuilder()
                .setStats(StatsProtos.toProto(stats.pod(id)))
                .build();
    }

    ListPodSandboxStatsResponse pods(ListPodSandboxStatsRequest request, Deadline deadline) {
        return ListPodSandboxStatsResponse.newBuilder()
                .addAllStats(matching(request.getFilter()))
                .build();
    }

    List<PodSandboxStats> streamPods(StreamPodSandboxStatsRequest request, Deadline deadline) {
        return matching(request.getFilter());
    }

    private List<ContainerStats> matching(ContainerStatsFilter filter) {
        return stats.containers(StatsProtos.toDomain(filter)).stream()
                .map(StatsProtos::toProto)
                .toList();
    }

    private List<PodSandboxStats> matching(PodSandboxStatsFilter filter) {
        return stats.pods(StatsProtos.toDomain(filter)).stream().map(StatsProtos::toProto).toList();
    }
}
