package io.gantry.cri.translate;

import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ImageEvents;
import io.gantry.proto.image.Filter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Which events a client wants.
 *
 * @param actions empty: all
 * @param images ids and references, both whole; empty: all
 */
public record EventFilter(Set<String> actions, Set<String> images) {

    public EventFilter {
        actions = Set.copyOf(actions);
        images = Set.copyOf(images);
    }

    /**
     * Reads the filters of a request.
     *
     * @throws io.gantry.base.error.InvalidArgumentException naming one that is unknown
     */
    public static EventFilter of(List<Filter> filters) {
        Set<String> actions = new HashSet<>();
        Set<String> images = new HashSet<>();
        for (Filter filter : filters) {
            switch (filter.getName()) {
                case "event" -> actions.add(filter.getValue().toLowerCase(Locale.ROOT));
                case "image" -> images.add(whole(filter.getValue()));
                default -> throw ImageRequests.unknown(filter, "event or image");
            }
        }
        return new EventFilter(actions, images);
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
        return action && image;
    }

    private static String whole(String image) {
        if (image.matches("(sha256:)?[0-9a-f]{64}")) {
            return image.startsWith("sha256:") ? image : "sha256:" + image;
        }
        return ImageReference.parse(image).canonical();
    }
}
