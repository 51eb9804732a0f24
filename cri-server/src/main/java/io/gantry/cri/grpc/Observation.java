package io.gantry.cri.grpc;

import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StreamContainerStatsResponse;
import io.gantry.proto.cri.StreamPodSandboxStatsResponse;
import io.grpc.ServerServiceDefinition;

/** The calls of the CRI's RuntimeService by which a kubelet watches what runs. */
record Observation(ContainerEventStreams events, StatsEndpoint stats) {

    /** Far from any message size limit, and few enough messages. */
    private static final int BATCH = 200;

    void addTo(ServerServiceDefinition.Builder service, UnaryCalls calls) {
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
}
