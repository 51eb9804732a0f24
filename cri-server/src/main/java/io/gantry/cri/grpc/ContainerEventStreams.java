package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.ContainerEventProtos;
import io.gantry.proto.cri.ContainerEventResponse;
import io.gantry.proto.cri.GetEventsRequest;
import io.gantry.runtime.events.ContainerEvent;
import io.gantry.runtime.events.ContainerEvents;
import io.gantry.runtime.events.ContainerEvents.Subscription;
import io.gantry.runtime.pod.PodOwner;
import java.util.Optional;

/** The CRI's call that tells what happens to containers, for as long as the client listens. */
final class ContainerEventStreams {

    private final ContainerEvents events;
    private final Clock clock;

    ContainerEventStreams(ContainerEvents events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    void events(GetEventsRequest request, Outbound<ContainerEventResponse> out)
            throws InterruptedException {
        Deadline never = Deadline.never(clock);
        try (Subscription subscription = events.subscribe()) {
            // Whoever sees the call taken may count on every event from then on.
            out.open();
            Optional<ContainerEvent> event = subscription.next(never);
            while (event.isPresent()) {
                if (event.get().pod().owner() == PodOwner.CRI) {
                    out.send(ContainerEventProtos.toProto(event.get()));
                }
                event = subscription.next(never);
            }
        }
    }
}
