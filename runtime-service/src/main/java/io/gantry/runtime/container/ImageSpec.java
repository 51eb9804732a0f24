package io.gantry.runtime.container;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An image as a client names it (CRI {@code ImageSpec}); echoed as it came.
 *
 * @param image name or id
 * @param userSpecifiedImage what the author of the pod wrote
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

    /** An image by its name or id alone. */
    public static ImageSpec of(String image) {
        return new ImageSpec(image, Map.of(), "", "", "");
    }
}
