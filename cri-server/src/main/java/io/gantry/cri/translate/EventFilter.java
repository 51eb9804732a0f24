package io.gantry.cri.translate;

import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ImageEvents;
import io.gantry.proto.image.Event;
import io.gantry.proto.image.Filter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which events a client wants.
 *
 * @param actions empty: all
 * @param images ids and references, both whole; empty: all, and what is about no image
 * @param containers ids, or beginnings of such, and names; empty: all, and what is about none
 * @param types image and container; empty: both
 */
public record EventFilter(
        Set<String> actions, Set<String> images, Set<String> containers, Set<String> types) {

    public EventFilter {
        actions = Set.copyOf(actions);
        images = Set.copyOf(images);
        containers = Set.copyOf(containers);
        types = Set.copyOf(types);
    }

    /**
     * Reads the filters of a request.
     *
     * @throws io.gantry.base.error.InvalidArgumentException naming one that is unknown
     */
    public static EventFilter of(List<Filter> filters) {
        Set<String> actions = new HashSet<>();
        Set<String> images = new HashSet<>();
        Set<String> containers = new HashSet<>();
        Set<String> types = new HashSet<>();
        for (Filter filter : filters) {
            switch (filter.getName()) {
                case "event" -> actions.add(filter.getValue().toLowerCase(Locale.ROOT));
                case "image" -> images.add(whole(filter.getValue()));
                case "container" -> containers.add(filter.getValue());
                case "type" -> types.add(filter.getValue().toLowerCase(Locale.ROOT));
                default -> throw ImageRequests.unknown(filter, "event, type, image or container");
            }
        }
        return new EventFilter(actions, images, containers, types);
    }

    /** Whether an event of a container is wanted. */
    public boolean accepts(Event event) {
        boolean container =
                containers.isEmpty()
                        || containers.stream()
                                .anyMatch(
                                        each ->
                                                each.equals(event.getName())
                                                        || (!each.isEmpty()
                                                                && event.getId().startsWith(each)));
        return container
                && images.isEmpty()
                && (actions.isEmpty() || actions.contains(event.getAction()))
                && (types.isEmpty() || types.contains(event.getType()));
    }

    /** Whether it is wanted. */
    public boolean accepts(ImageEvents.Event event) {
        boolean action =
                actions.isEmpty()
                        || actions.contains(event.action().name().toLowerCase(Locale.ROOT));
        boolean image =
                images.isEmpty()
                        || images.contains(event.name())
                        || event.image().map(Digest::toString).filter(images::contains).isPresent();
        return action
                && image
                && containers.isEmpty()
                && (types.isEmpty() || types.contains("image"));
    }

    private static String whole(String image) {
        if (image.matches("(sha256:)?[0-9a-f]{64}")) {
            return image.startsWith("sha256:") ? image : "sha256:" + image;
        }
        return ImageReference.parse(image).canonical();
    }
}
