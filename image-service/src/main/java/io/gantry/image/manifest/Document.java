package io.gantry.image.manifest;

import io.gantry.image.content.Descriptor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a manifest URL of a registry yields: one image, or a list of them. */
public sealed interface Document permits Manifest, Index {

    /** Largest document that is accepted, in bytes (OCI distribution-spec 1.1 asks for 4 MiB). */
    int MAX_BYTES = 4 * 1024 * 1024;

    /** What it is; never empty. */
    String mediaType();

    /** What it is when it is no container image; empty: it does not say. */
    String artifactType();

    /** What it is attached to; null: nothing. */
    @Nullable Descriptor subject();

    /** As written, in order. */
    Map<String, String> annotations();

    /**
     * Reads a manifest or an index.
     *
     * @param name names the document in errors
     * @param mediaType what its descriptor or the Content-Type header calls it; may be empty or
     *     generic, then the document itself says
     * @throws InvalidImageException when it is malformed, ambiguous (CVE-2021-41190), not what
     *     {@code mediaType} says, or of a kind that is not supported
     */
    static Document parse(String name, String mediaType, byte[] bytes) {
        return DocumentReader.read(name, mediaType, bytes);
    }
}
