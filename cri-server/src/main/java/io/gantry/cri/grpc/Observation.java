package io.gantry.cri.grpc;

import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StreamContainerStatsResponse;
import io.gantry.proto.cri.StreamPodSandboxMetricsResponse;
import io.gantry.proto.cri.StreamPodSandboxStatsResponse;
import io.grpc.ServerServiceDefinition;

/** The calls of the CRI's RuntimeService by which a kubelet watches what runs. */
record Observation(ContainerEventStreams events, StatsEndpoint stats, MetricsEndpoint metrics) {

    /** Far from any message size limit, and few enough messages. */
    private static final int BATCH = 200;

    /** A pod with ten containers has about 600 metrics of 200 bytes. */
    private static final int METRICS_BATCH = 10;

    void addTo(ServerServiceDefinition.Builder service, UnaryCalls calls) {
        addMetrics(service, calls);
        service.addMethod(
                RuntimeServiceGrpc.getGetContainerEventsMethod(),
                new StreamCalls().narration(events::events));
        service.addMethod(
                        RuntimeServiceGrpc.getContainerStatsMethod(), calls.unary(stats::container))
                .addMethod(
                        RuntimeServiceGrpc.getListContainerStatsMethod(),
                        calls.unary(stats::containers))
                .addMethod(
                        RuntimeServiceGrpc.getStreamContainerStatsMethod(),
                        calls.batches(
                                stats::streamContainers,
                                BATCH,
                                batch ->
                                        StreamContainerStatsResponse.newBuilder()
                                                .addAllContainerStats(batch)
                                                .build()))
                .addMethod(RuntimeServiceGrpc.getPodSandboxStatsMethod(), calls.unary(stats::pod))
                .addMethod(
                        RuntimeServiceGrpc.getListPodSandboxStatsMethod(), calls.unary(stats::pods))
                .addMethod(
                        RuntimeServiceGrpc.getStreamPodSandboxStatsMethod(),
                        calls.batches(
                                stats::streamPods,
                                BATCH,
                                batch ->
                                        StreamPodSandboxStatsResponse.newBuilder()
                                                .addAllPodSandboxStats(batch)
                                                .build()));
    }

    private void addMetrics(ServerServiceDefinition.Builder service, UnaryCalls calls) {
        service.addMethod(
                        RuntimeServiceGrpc.getListMetricDescriptorsMethod(),
                        calls.unary(metrics::descriptors))
                .addMethod(
                        RuntimeServiceGrpc.getListPodSandboxMetricsMethod(),
                        calls.unary(metrics::list))
                .addMethod(
                        RuntimeServiceGrpc.getStreamPodSandboxMetricsMethod(),
                        calls.batches(
                                metrics::stream,
                                METRICS_BATCH,
                                batch ->
                                        StreamPodSandboxMetricsResponse.newBuilder()
                                                .addAllPodSandboxMetrics(batch)
                                                .build()));
    }
}
