package io.gantry.cri.translate;

import io.gantry.proto.image.Event;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.events.ContainerEvent;
import java.util.Optional;

/** What happens to containers, in the words of Gantry's own events, which are Docker's. */
public final class EngineEvents {

    static final String TYPE = "container";

    private EngineEvents() {}

    /** An event of a container; empty when it is about a sandbox. */
    public static Optional<Event> toProto(ContainerEvent event) {
        if (event.id().equals(event.pod().id().value())) {
            return Optional.empty();
        }
        String action =
                switch (event.kind()) {
                    case CREATED -> "create";
                    case STARTED -> "start";
                    case STOPPED -> "die";
                    case DELETED -> "remove";
                };
        Optional<Container> container =
                event.containers().stream()
                        .filter(each -> each.id().value().equals(event.id()))
                        .findFirst();
        return Optional.of(
                Event.newBuilder()
                        .setTime(Fields.nanos(event.at()))
                        .setType(TYPE)
                        .setAction(action)
                        .setId(event.id())
                        .setName(container.map(it -> it.config().metadata().name()).orElse(""))
                        .build());
    }
}
