package io.gantry.image.content;

import io.gantry.base.error.InvalidArgumentException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What points to a blob (OCI image-spec, descriptor.md).
 *
 * @param mediaType what the blob claims to be; see {@link MediaType}
 * @param digest its name
 * @param size its length in bytes
 * @param urls where else it may be had; only of use for layers that a registry does not hold
 * @param annotations as written, in order
 */
public record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        List<String> urls,
        Map<String, String> annotations) {

    /**
     * @throws InvalidArgumentException when the size is negative
     */
    public Descriptor {
        if (size < 0) {
            throw new InvalidArgumentException("blob " + digest + " has negative size " + size);
        }
        urls = List.copyOf(urls);
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    }

    /** A descriptor without URLs and annotations. */
    public Descriptor(String mediaType, Digest digest, long size) {
        this(mediaType, digest, size, List.of(), Map.of());
    }

    /** The descriptor of {@code bytes}, by SHA-256. */
    public static Descriptor of(String mediaType, byte[] bytes) {
        return new Descriptor(mediaType, Digest.sha256(bytes), bytes.length);
    }
}
