package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.EngineEvents;
import io.gantry.cri.translate.EventFilter;
import io.gantry.cri.translate.ImageRequests;
import io.gantry.cri.translate.ImageResponses;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageEvents.Delivery;
import io.gantry.image.service.ImageEvents.Subscription;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.EventsRequest;
import io.gantry.runtime.events.ContainerEvent;
import io.gantry.runtime.events.ContainerEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** The call that tells what happens to images and containers. */
final class EventStreams {

    private final ImageEvents images;
    private final ContainerEvents containers;
    private final Clock clock;

    EventStreams(ImageEvents images, ContainerEvents containers, Clock clock) {
        this.images = images;
        this.containers = containers;
        this.clock = clock;
    }

    void events(EventsRequest request, Outbound<Event> out) throws InterruptedException {
        EventFilter filter = EventFilter.of(request.getFiltersList());
        Optional<Instant> since = ImageRequests.moment(request.getSince());
        Listener listener = new Listener(filter, end(request), out);
        try (ContainerEvents.Subscription ofContainers = containers.watch();
                Subscription ofImages =
                        since.isPresent() ? images.subscribe(since.get()) : images.subscribe();
                Background<Boolean> pump = listener.open(ofImages)) {
            Optional<ContainerEvent> event = ofContainers.next(listener.end);
            while (event.isPresent()) {
                listener.tell(event.get());
                event = ofContainers.next(listener.end);
            }
            // What is remembered of images is passed on even when the end is past.
            boolean _ = pump.endsWithin(Long.MAX_VALUE) && pump.result();
        }
    }

    /** One client, who hears from both sources. */
    private static final class Listener {
        private final EventFilter filter;
        private final Deadline end;
        private final Outbound<Event> out;
        private final ReentrantLock sending = new ReentrantLock();

        Listener(EventFilter filter, Deadline end, Outbound<Event> out) {
            this.filter = filter;
            this.end = end;
            this.out = out;
        }

        /** Whoever sees the call taken may count on every event from then on. */
        Background<Boolean> open(Subscription ofImages) {
            out.open();
            return Background.start("image-events", () -> tellAll(ofImages));
        }

        /** Passes on what happens to images until the end; true then, false when interrupted. */
        boolean tellAll(Subscription events) {
            try {
                long lost = 0;
                Optional<Delivery> delivery = events.next(end);
                while (delivery.isPresent()) {
                    lost += delivery.get().lost();
                    if (filter.accepts(delivery.get().event())) {
                        send(ImageResponses.toProto(delivery.get().event(), lost));
                        lost = 0;
                    }
                    delivery = events.next(end);
                }
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        void tell(ContainerEvent event) throws InterruptedException {
            Optional<Event> proto = EngineEvents.toProto(event).filter(filter::accepts);
            if (proto.isPresent()) {
                send(proto.get());
            }
        }

        private void send(Event event) throws InterruptedException {
            sending.lockInterruptibly();
            try {
                out.send(event);
            } finally {
                sending.unlock();
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
