package io.gantry.image.build.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a cache as JSON. It is the configuration of a manifest whose layers are the blobs of
 * the steps, or a field of the configuration of an image that has these layers anyway.
 */
public record CacheDocument(List<CachedStep> steps) {

    /** Media type of the document and type of the manifest. */
    public static final String MEDIA_TYPE = "application/vnd.gantry.build.cache.v1+json";

    /** Field of the configuration of an image. */
    public static final String FIELD = "gantry.build.cache.v1";

    /** Longest document that is read. */
    public static final int MAX_BYTES = 16 << 20;

    private static final int MAX_STEPS = 10_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    public CacheDocument {
        steps = List.copyOf(steps);
    }

    /** The same steps make the same bytes. */
    public byte[] encode() {
        try {
            return MAPPER.writeValueAsString(node()).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes is always JSON", e);
        }
    }

    private JsonNode node() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ArrayNode array = root.putArray("steps");
        for (CachedStep step : steps) {
            ObjectNode node = array.addObject();
            node.put("layer", step.layer().toString());
            node.put("diffId", step.diffId().toString());
            node.put("mediaType", step.blob().mediaType());
            node.put("digest", step.blob().digest().toString());
            node.put("size", step.blob().size());
            node.put("packing", step.packing());
            node.put("description", step.description());
            node.put("created", step.created().toEpochMilli());
            ArrayNode keys = node.putArray("keys");
            step.keys().forEach(key -> keys.add(key.toString()));
        }
        return root;
    }

    /**
     * Reads one.
     *
     * @throws DataLossException when it is none
     */
    public static CacheDocument decode(byte[] bytes) {
        try {
            return decode(MAPPER.readTree(bytes));
        } catch (IOException e) {
            throw new DataLossException("a build cache is no JSON: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the one in the configuration of an image; no steps when there is none.
     *
     * @throws DataLossException when something else is in its place
     */
    public static CacheDocument decodeInline(byte[] config) {
        try {
            JsonNode field = MAPPER.readTree(config).path(FIELD);
            return field.isMissingNode() ? new CacheDocument(List.of()) : decode(field);
        } catch (IOException e) {
            throw new DataLossException(
                    "the configuration of an image is no JSON: " + e.getMessage(), e);
        }
    }

    private static CacheDocument decode(JsonNode root) {
        List<CachedStep> steps = new ArrayList<>();
        if (root.path("steps").size() > MAX_STEPS) {
            throw new DataLossException("a build cache has more than " + MAX_STEPS + " steps");
        }
        try {
            for (JsonNode node : root.path("steps")) {
                steps.add(step(node));
            }
        } catch (InvalidArgumentException e) {
            throw new DataLossException("a build cache is broken: " + e.getMessage(), e);
        }
        return new CacheDocument(steps);
    }

    private static CachedStep step(JsonNode node) {
        List<Digest> keys = new ArrayList<>();
        node.path("keys").forEach(key -> keys.add(Digest.parse(key.asText())));
        Descriptor blob =
                new Descriptor(
                        node.path("mediaType").asText(),
                        Digest.parse(node.path("digest").asText()),
                        node.path("size").asLong(-1));
        return new CachedStep(
                Digest.parse(node.path("layer").asText()),
                Digest.parse(node.path("diffId").asText()),
                blob,
                node.path("packing").asText(),
                node.path("description").asText(),
                Instant.ofEpochMilli(node.path("created").asLong()),
                keys);
    }
}
