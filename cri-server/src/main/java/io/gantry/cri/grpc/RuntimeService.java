package io.gantry.cri.grpc;

import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StreamContainersResponse;
import io.gantry.proto.cri.StreamPodSandboxesResponse;
import io.grpc.ServerServiceDefinition;

/** Binds each method of the CRI's RuntimeService to the function that serves it. */
final class RuntimeService {

    /** Far from any message size limit, and few enough messages. */
    private static final int BATCH = 500;

    private RuntimeService() {}

    static ServerServiceDefinition bind(
            NodeEndpoint node,
            PodEndpoint pods,
            ContainerEndpoint containers,
            StreamEndpoint streams,
            Observation observation,
            UnaryCalls calls) {
        ServerServiceDefinition.Builder service =
                ServerServiceDefinition.builder(RuntimeServiceGrpc.getServiceDescriptor());
        bindNode(service, node, calls);
        bindPods(service, pods, calls);
        bindContainers(service, containers, calls);
        bindStreams(service, streams, calls);
        observation.addTo(service, calls);
        UnbuiltCalls.addTo(service, calls);
        return service.build();
    }

    private static void bindNode(
            ServerServiceDefinition.Builder service, NodeEndpoint node, UnaryCalls calls) {
        service.addMethod(RuntimeServiceGrpc.getVersionMethod(), calls.unary(node::version))
                .addMethod(RuntimeServiceGrpc.getStatusMethod(), calls.unary(node::status))
                .addMethod(
                        RuntimeServiceGrpc.getRuntimeConfigMethod(),
                        calls.unary(node::runtimeConfig))
                .addMethod(
                        RuntimeServiceGrpc.getUpdateRuntimeConfigMethod(),
                        calls.unary(node::updateRuntimeConfig));
    }

    private static void bindPods(
            ServerServiceDefinition.Builder service, PodEndpoint pods, UnaryCalls calls) {
        service.addMethod(RuntimeServiceGrpc.getRunPodSandboxMethod(), calls.unary(pods::run))
                .addMethod(RuntimeServiceGrpc.getStopPodSandboxMethod(), calls.unary(pods::stop))
                .addMethod(
                        RuntimeServiceGrpc.getRemovePodSandboxMethod(), calls.unary(pods::remove))
                .addMethod(
                        RuntimeServiceGrpc.getPodSandboxStatusMethod(), calls.unary(pods::status))
                .addMethod(
                        RuntimeServiceGrpc.getUpdatePodSandboxResourcesMethod(),
                        calls.unary(pods::updateResources))
                .addMethod(RuntimeServiceGrpc.getListPodSandboxMethod(), calls.unary(pods::list))
                .addMethod(
                        RuntimeServiceGrpc.getStreamPodSandboxesMethod(),
                        calls.batches(
                                pods::stream,
                                BATCH,
                                batch ->
                                        StreamPodSandboxesResponse.newBuilder()
                                                .addAllPodSandboxes(batch)
                                                .build()));
    }

    private static void bindStreams(
            ServerServiceDefinition.Builder service, StreamEndpoint streams, UnaryCalls calls) {
        service.addMethod(RuntimeServiceGrpc.getExecMethod(), calls.unary(streams::exec))
                .addMethod(RuntimeServiceGrpc.getAttachMethod(), calls.unary(streams::attach))
                .addMethod(
                        RuntimeServiceGrpc.getPortForwardMethod(),
                        calls.unary(streams::portForward));
    }

    private static void bindContainers(
            ServerServiceDefinition.Builder service,
            ContainerEndpoint containers,
            UnaryCalls calls) {
        service.addMethod(
                        RuntimeServiceGrpc.getCreateContainerMethod(),
                        calls.unary(containers::create))
                .addMethod(
                        RuntimeServiceGrpc.getStartContainerMethod(),
                        calls.unary(containers::start))
                .addMethod(
                        RuntimeServiceGrpc.getStopContainerMethod(), calls.unary(containers::stop))
                .addMethod(
                        RuntimeServiceGrpc.getRemoveContainerMethod(),
                        calls.unary(containers::remove))
                .addMethod(
                        RuntimeServiceGrpc.getUpdateContainerResourcesMethod(),
                        calls.unary(containers::updateResources))
                .addMethod(
                        RuntimeServiceGrpc.getListContainersMethod(), calls.unary(containers::list))
                .addMethod(
                        RuntimeServiceGrpc.getStreamContainersMethod(),
                        calls.batches(
                                containers::stream,
                                BATCH,
                                batch ->
                                        StreamContainersResponse.newBuilder()
                                                .addAllContainers(batch)
                                                .build()))
                .addMethod(
                        RuntimeServiceGrpc.getContainerStatusMethod(),
                        calls.unary(containers::status))
                .addMethod(
                        RuntimeServiceGrpc.getReopenContainerLogMethod(),
                        calls.unary(containers::reopenLog))
                .addMethod(
                        RuntimeServiceGrpc.getExecSyncMethod(),
                        calls.interruptible(containers::execSync));
    }
}
