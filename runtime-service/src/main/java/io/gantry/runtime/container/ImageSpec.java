package io.gantry.runtime.container;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An image as a client names it (CRI {@code ImageSpec}); echoed as it came.
 *
 * @param image name or id
 * @param userSpecifiedImage what the author of the pod wrote
 * @param imageRef of an image volume: what it was found to be; empty: not known yet
 */
public record ImageSpec(
        String image,
        Map<String, String> annotations,
        String userSpecifiedImage,
        String runtimeHandler,
        String imageRef) {

    public ImageSpec {
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /** The same, found to be the image of that id. */
    public ImageSpec found(String imageId) {
        return new ImageSpec(image, annotations, userSpecifiedImage, runtimeHandler, imageId);
    }

    /** An image by its name or id alone. */
    public static ImageSpec of(String image) {
        return new ImageSpec(image, Map.of(), "", "", "");
    }
}
