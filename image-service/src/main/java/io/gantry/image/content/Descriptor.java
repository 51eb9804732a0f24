package io.gantry.image.content;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.InvalidArgumentException;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What points to a blob (OCI image-spec, descriptor.md).
 *
 * @param mediaType what the blob claims to be; see {@link MediaType}
 * @param digest its name
 * @param size its length in bytes
 * @param urls where else it may be had; only of use for layers that a registry does not hold
 * @param annotations as written, in order
 * @param data the blob itself in base64, for one that is small; empty: it is elsewhere
 */
public record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        List<String> urls,
        Map<String, String> annotations,
        String data) {

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

    /** A descriptor without data. */
    public Descriptor(
            String mediaType,
            Digest digest,
            long size,
            List<String> urls,
            Map<String, String> annotations) {
        this(mediaType, digest, size, urls, annotations, "");
    }

    /** A descriptor without URLs and annotations. */
    public Descriptor(String mediaType, Digest digest, long size) {
        this(mediaType, digest, size, List.of(), Map.of());
    }

    /**
     * The blob, when the descriptor holds it.
     *
     * @throws DataLossException when what it holds is not what it names
     */
    public Optional<byte[]> embedded() {
        if (data.isEmpty()) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(data);
            if (bytes.length == size && digest.matches(bytes)) {
                return Optional.of(bytes);
            }
        } catch (IllegalArgumentException e) {
            throw new DataLossException(
                    "data in the descriptor of " + digest + " is not base64", e);
        }
        throw new DataLossException("data in the descriptor of " + digest + " is not that blob");
    }

    /** The descriptor of {@code bytes}, by SHA-256. */
    public static Descriptor of(String mediaType, byte[] bytes) {
        return new Descriptor(mediaType, Digest.sha256(bytes), bytes.length);
    }
}
