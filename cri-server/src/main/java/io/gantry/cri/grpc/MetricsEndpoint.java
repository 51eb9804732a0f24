package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.cri.translate.MetricProtos;
import io.gantry.proto.cri.ListMetricDescriptorsRequest;
import io.gantry.proto.cri.ListMetricDescriptorsResponse;
import io.gantry.proto.cri.ListPodSandboxMetricsRequest;
import io.gantry.proto.cri.ListPodSandboxMetricsResponse;
import io.gantry.proto.cri.PodSandboxMetrics;
import io.gantry.proto.cri.StreamPodSandboxMetricsRequest;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.stats.RuntimeStats;
import java.util.List;

/** The CRI's calls about metrics, which a kubelet passes on to whoever scrapes it. */
final class MetricsEndpoint {

    private final RuntimeStats stats;

    MetricsEndpoint(RuntimeStats stats) {
        this.stats = stats;
    }

    ListMetricDescriptorsResponse descriptors(
            ListMetricDescriptorsRequest request, Deadline deadline) {
        return ListMetricDescriptorsResponse.newBuilder()
                .addAllDescriptors(MetricProtos.descriptors())
                .build();
    }

    ListPodSandboxMetricsResponse list(ListPodSandboxMetricsRequest request, Deadline deadline) {
        return ListPodSandboxMetricsResponse.newBuilder().addAllPodMetrics(all()).build();
    }

    List<PodSandboxMetrics> stream(StreamPodSandboxMetricsRequest request, Deadline deadline) {
        return all();
    }

    private List<PodSandboxMetrics> all() {
        return stats.details(PodSandboxFilter.of(PodOwner.CRI)).stream()
                .map(MetricProtos::toProto)
                .toList();
    }
}
