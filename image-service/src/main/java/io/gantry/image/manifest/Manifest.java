package io.gantry.image.manifest;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.MediaType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One image (OCI image-spec manifest.md, or Docker's image manifest version 2 schema 2).
 *
 * @param mediaType OCI's or Docker's
 * @param artifactType what it is when it is no container image; empty: it does not say
 * @param config the configuration blob
 * @param layers lowest first
 * @param subject what it is attached to; null: nothing
 * @param annotations as written, in order
 */
public record Manifest(
        String mediaType,
        String artifactType,
        Descriptor config,
        List<Descriptor> layers,
        @Nullable Descriptor subject,
        Map<String, String> annotations)
        implements Document {

    public Manifest {
        layers = List.copyOf(layers);
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /**
     * Whether it is something else than a container image: files under names, as models and charts
     * are (image-spec manifest.md, "Guidelines for Artifact Usage"). The configuration decides, for
     * what has one of an image's can be run, whatever else it is called.
     */
    public boolean isArtifact() {
        return !MediaType.isConfig(config.mediaType());
    }

    /** The type of an artifact, which the configuration's is where it has no other. */
    public String kind() {
        return artifactType.isEmpty() ? config.mediaType() : artifactType;
    }
}
