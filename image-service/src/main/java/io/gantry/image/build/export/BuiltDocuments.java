package io.gantry.image.build.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.build.api.ImageOptions.Format;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Platform;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Writes manifests and indexes of built images. The same input makes the same bytes. */
public final class BuiltDocuments {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SCHEMA_VERSION = 2;

    private BuiltDocuments() {}

    /** How configurations are called. */
    public static String configType(Format format) {
        return format == Format.OCI ? MediaType.OCI_CONFIG : MediaType.DOCKER_CONFIG;
    }

    /** How manifests are called. */
    public static String manifestType(Format format) {
        return format == Format.OCI ? MediaType.OCI_MANIFEST : MediaType.DOCKER_MANIFEST;
    }

    /** How indexes are called. */
    public static String indexType(Format format) {
        return format == Format.OCI ? MediaType.OCI_INDEX : MediaType.DOCKER_INDEX;
    }

    /** A manifest; Docker's has no annotations. */
    public static byte[] manifest(
            Format format,
            Descriptor config,
            List<Descriptor> layers,
            Map<String, String> annotations) {
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        manifest.put("schemaVersion", SCHEMA_VERSION);
        manifest.put("mediaType", manifestType(format));
        manifest.set("config", descriptor(config));
        ArrayNode array = manifest.putArray("layers");
        layers.forEach(layer -> array.add(descriptor(renamed(layer, format))));
        if (format == Format.OCI && !annotations.isEmpty()) {
            ObjectNode node = manifest.putObject("annotations");
            annotations.forEach(node::put);
        }
        return bytes(manifest);
    }

    /**
     * An index.
     *
     * @param manifests by platform, in order
     * @param attested of some of these, the manifest of what is attested
     */
    public static byte[] index(
            Format format,
            Map<Platform, Descriptor> manifests,
            Map<Descriptor, Descriptor> attested,
            Map<String, String> annotations) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("schemaVersion", SCHEMA_VERSION);
        index.put("mediaType", indexType(format));
        ArrayNode array = index.putArray("manifests");
        manifests.forEach(
                (platform, manifest) -> {
                    ObjectNode node = descriptor(manifest);
                    ObjectNode of = node.putObject("platform");
                    of.put("architecture", platform.architecture());
                    of.put("os", platform.os());
                    if (!platform.variant().isEmpty()) {
                        of.put("variant", platform.variant());
                    }
                    array.add(node);
                });
        attested.forEach(
                (manifest, attestation) -> {
                    ObjectNode node = descriptor(attestation);
                    ObjectNode of = node.putObject("platform");
                    of.put("architecture", "unknown");
                    of.put("os", "unknown");
                    ObjectNode notes = node.putObject("annotations");
                    notes.put("vnd.docker.reference.digest", manifest.digest().toString());
                    notes.put("vnd.docker.reference.type", "attestation-manifest");
                    array.add(node);
                });
        if (format == Format.OCI && !annotations.isEmpty()) {
            ObjectNode node = index.putObject("annotations");
            annotations.forEach(node::put);
        }
        return bytes(index);
    }

    /**
     * A manifest of statements, each with the type of what it states.
     *
     * @param statements blobs by that type
     */
    public static byte[] attestations(Descriptor config, Map<String, Descriptor> statements) {
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        manifest.put("schemaVersion", SCHEMA_VERSION);
        manifest.put("mediaType", MediaType.OCI_MANIFEST);
        manifest.set("config", descriptor(config));
        ArrayNode array = manifest.putArray("layers");
        statements.forEach(
                (type, statement) -> {
                    ObjectNode node = descriptor(statement);
                    node.putObject("annotations").put("in-toto.io/predicate-type", type);
                    array.add(node);
                });
        return bytes(manifest);
    }

    /** An index of one document, of no platform. */
    public static byte[] index(Descriptor only) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("schemaVersion", SCHEMA_VERSION);
        index.put("mediaType", MediaType.OCI_INDEX);
        index.putArray("manifests").add(descriptor(only));
        return bytes(index);
    }

    /** A layer of a base image by the media type that goes with its new manifest. */
    private static Descriptor renamed(Descriptor layer, Format format) {
        String type =
                format == Format.OCI
                        ? switch (layer.mediaType()) {
                            case MediaType.DOCKER_LAYER -> MediaType.OCI_LAYER;
                            case MediaType.DOCKER_LAYER_GZIP -> MediaType.OCI_LAYER_GZIP;
                            default -> layer.mediaType();
                        }
                        : switch (layer.mediaType()) {
                            case MediaType.OCI_LAYER -> MediaType.DOCKER_LAYER;
                            case MediaType.OCI_LAYER_GZIP -> MediaType.DOCKER_LAYER_GZIP;
                            default -> layer.mediaType();
                        };
        return new Descriptor(type, layer.digest(), layer.size());
    }

    private static ObjectNode descriptor(Descriptor descriptor) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("mediaType", descriptor.mediaType());
        node.put("digest", descriptor.digest().toString());
        node.put("size", descriptor.size());
        return node;
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes is always JSON", e);
        }
    }
}
