package io.gantry.image.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Writes documents of our own, for what came without. The same input makes the same bytes. Never
 * used on what was read: that keeps its own bytes, and so its digest.
 */
public final class DocumentWriter {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SCHEMA_VERSION = 2;

    private DocumentWriter() {}

    /** An OCI image manifest. */
    public static byte[] manifest(Descriptor config, List<Descriptor> layers) {
        ObjectNode manifest = JsonNodeFactory.instance.objectNode();
        manifest.put("schemaVersion", SCHEMA_VERSION);
        manifest.put("mediaType", MediaType.OCI_MANIFEST);
        manifest.set("config", descriptor(config));
        ArrayNode array = manifest.putArray("layers");
        layers.forEach(layer -> array.add(descriptor(layer)));
        return bytes(manifest);
    }

    /** An OCI image index. */
    public static byte[] index(List<Descriptor> manifests) {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        index.put("schemaVersion", SCHEMA_VERSION);
        index.put("mediaType", MediaType.OCI_INDEX);
        ArrayNode array = index.putArray("manifests");
        manifests.forEach(manifest -> array.add(descriptor(manifest)));
        return bytes(index);
    }

    /** The {@code manifest.json} of {@code docker save}. */
    public static byte[] dockerArchive(DockerArchive archive) {
        ArrayNode images = JsonNodeFactory.instance.arrayNode();
        for (DockerArchive.Entry image : archive.images()) {
            ObjectNode entry = images.addObject();
            entry.put("Config", image.config());
            texts(entry.putArray("RepoTags"), image.repoTags());
            texts(entry.putArray("Layers"), image.layers());
        }
        return bytes(images);
    }

    /** An object of objects of strings, as {@code docker save}'s {@code repositories} is one. */
    public static byte[] nested(Map<String, Map<String, String>> map) {
        ObjectNode outer = JsonNodeFactory.instance.objectNode();
        map.forEach((key, values) -> values.forEach(outer.putObject(key)::put));
        return bytes(outer);
    }

    /** An object of strings. */
    public static byte[] flat(Map<String, String> map) {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        map.forEach(object::put);
        return bytes(object);
    }

    private static ObjectNode descriptor(Descriptor descriptor) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("mediaType", descriptor.mediaType());
        node.put("digest", descriptor.digest().toString());
        node.put("size", descriptor.size());
        if (!descriptor.urls().isEmpty()) {
            texts(node.putArray("urls"), descriptor.urls());
        }
        if (!descriptor.annotations().isEmpty()) {
            ObjectNode annotations = node.putObject("annotations");
            descriptor.annotations().forEach(annotations::put);
        }
        return node;
    }

    private static void texts(ArrayNode array, List<String> texts) {
        texts.forEach(array::add);
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of nodes is always JSON", e);
        }
    }
}
