package io.gantry.image.manifest;

import io.gantry.image.content.Descriptor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Several images, as a rule one a platform (OCI image-spec image-index.md, or Docker's manifest
 * list).
 *
 * @param mediaType OCI's or Docker's
 * @param artifactType what it is when it is no list of container images; empty: it does not say
 * @param entries in order of preference
 * @param subject what it is attached to; null: nothing
 * @param annotations as written, in order
 */
public record Index(
        String mediaType,
        String artifactType,
        List<Entry> entries,
        @Nullable Descriptor subject,
        Map<String, String> annotations)
        implements Document {

    public Index {
        entries = List.copyOf(entries);
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /**
     * A manifest, or an index again.
     *
     * @param platform what it runs on; null: not said
     * @param artifactType what it is when it is no container image; empty: not said
     */
    public record Entry(Descriptor descriptor, @Nullable Platform platform, String artifactType) {}
}
