package io.gantry.cri.grpc;

import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.grpc.ServerServiceDefinition;

/** The calls of the CRI's RuntimeService by which a kubelet watches what runs. */
record Observation(ContainerEventStreams events) {

    void addTo(ServerServiceDefinition.Builder service) {
        service.addMethod(
                RuntimeServiceGrpc.getGetContainerEventsMethod(),
                new StreamCalls().narration(events::events));
    }
}
