package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.EventFilter;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.cri.translate.ImageResponses;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageEvents.Delivery;
import io.gantry.image.service.ImageEvents.Subscription;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.EventsRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The call that tells what happens. */
final class EventStreams {

    private final ImageEvents events;
    private final Clock clock;

    EventStreams(ImageEvents events, Clock clock) {
        this.events = events;
        this.clock = clock;
    }

    void events(EventsRequest request, Outbound<Event> out) throws InterruptedException {
        EventFilter filter = EventFilter.of(request.getFiltersList());
        Optional<Instant> since = ImageRequests.moment(request.getSince());
        Deadline end = end(request);
        try (Subscription subscription =
                since.isPresent() ? events.subscribe(since.get()) : events.subscribe()) {
            long lost = 0;
            Optional<Delivery> delivery = subscription.next(end);
            while (delivery.isPresent()) {
                lost += delivery.get().lost();
                if (filter.accepts(delivery.get().event())) {
                    out.send(ImageResponses.toProto(delivery.get().event(), lost));
                    lost = 0;
                }
                delivery = subscription.next(end);
            }
        }
    }

    /** When the client said, which is no failure; its deadline ends the call in another way. */
    private Deadline end(EventsRequest request) {
        Optional<Instant> until = ImageRequests.moment(request.getUntil());
        return until.map(
                        moment -> {
                            Duration left = Duration.between(clock.now(), moment);
                            return Deadline.after(left.isNegative() ? Duration.ZERO : left, clock);
                        })
                .orElse(Deadline.never(clock));
    }
}
