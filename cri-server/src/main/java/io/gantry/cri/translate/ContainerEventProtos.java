package io.gantry.cri.translate;

import io.gantry.proto.cri.ContainerEventResponse;
import io.gantry.proto.cri.ContainerEventType;
import io.gantry.runtime.events.ContainerEvent;

/** What happened to containers. */
public final class ContainerEventProtos {

    private ContainerEventProtos() {}

    /** An event with all that was known then; containers newest first, as in a pod's status. */
    public static ContainerEventResponse toProto(ContainerEvent event) {
        ContainerEventResponse.Builder proto =
                ContainerEventResponse.newBuilder()
                        .setContainerId(event.id())
                        .setContainerEventType(toProto(event.kind()))
                        .setCreatedAt(Fields.nanos(event.at()))
                        .setPodSandboxStatus(PodProtos.toStatus(event.pod()));
        event.containers()
                .reversed()
                .forEach(
                        container ->
                                proto.addContainersStatuses(ContainerProtos.toStatus(container)));
        return proto.build();
    }

    private static ContainerEventType toProto(ContainerEvent.Kind kind) {
        return switch (kind) {
            case CREATED -> ContainerEventType.CONTAINER_CREATED_EVENT;
            case STARTED -> ContainerEventType.CONTAINER_STARTED_EVENT;
            case STOPPED -> ContainerEventType.CONTAINER_STOPPED_EVENT;
            case DELETED -> ContainerEventType.CONTAINER_DELETED_EVENT;
        };
    }
}
