package io.gantry.image.manifest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An object of a foreign JSON document, read field by field so that an error names the field. A
 * null is an absent field; unknown fields are left alone; a doubled key is an error, since two
 * readers could take it for two documents.
 */
public final class JsonObject {

    private static final int MAX_DEPTH = 64;

    private static final ObjectMapper MAPPER =
            new ObjectMapper(
                            JsonFactory.builder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MAX_DEPTH)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String where;
    private final JsonNode node;

    private JsonObject(String where, JsonNode node) {
        this.where = where;
        this.node = node;
    }

    /**
     * Reads a whole document.
     *
     * @param what names it in errors
     */
    public static JsonObject parse(String what, byte[] bytes) {
        JsonNode root = read(what, bytes);
        if (!root.isObject()) {
            throw new InvalidImageException(what + " is not a JSON object");
        }
        return new JsonObject(what, root);
    }

    /** Reads a whole document that is an array of objects. */
    static List<JsonObject> parseArray(String what, byte[] bytes) {
        JsonNode root = read(what, bytes);
        if (!root.isArray()) {
            throw new InvalidImageException(what + " is not a JSON array");
        }
        List<JsonObject> objects = new ArrayList<>();
        JsonObject document = new JsonObject(what, root);
        for (JsonNode element : root) {
            objects.add(document.child("[" + objects.size() + "]", element));
        }
        return objects;
    }

    private static JsonNode read(String what, byte[] bytes) {
        try {
            JsonNode root = MAPPER.readTree(bytes);
            return root == null ? MAPPER.missingNode() : root;
        } catch (IOException e) {
            throw new InvalidImageException(what + " is not JSON: " + firstLine(e), e);
        }
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** Text; empty when absent. */
    public String text(String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw invalid(key, "is not a string");
        }
        return value.textValue();
    }

    public String requiredText(String key) {
        String text = text(key);
        if (text.isEmpty()) {
            throw invalid(key, "is missing");
        }
        return text;
    }

    /** A whole number; {@code absent} when there is none. */
    public long number(String key, long absent) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw invalid(key, "is not a whole number");
        }
        return value.longValue();
    }

    boolean flag(String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw invalid(key, "is neither true nor false");
        }
        return value.booleanValue();
    }

    public Optional<JsonObject> object(String key) {
        return has(key) ? Optional.of(child(key, node.path(key))) : Optional.empty();
    }

    public JsonObject requiredObject(String key) {
        return object(key).orElseThrow(() -> invalid(key, "is missing"));
    }

    public List<JsonObject> objects(String key) {
        List<JsonObject> objects = new ArrayList<>();
        for (JsonNode element : array(key)) {
            objects.add(child(key + "[" + objects.size() + "]", element));
        }
        return objects;
    }

    public List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array(key)) {
            if (!element.isTextual()) {
                throw invalid(key + "[" + texts.size() + "]", "is not a string");
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    /** A map of strings, in order; a null value is an empty one. */
    Map<String, String> textMap(String key) {
        Map<String, String> map = new LinkedHashMap<>();
        object(key).ifPresent(child -> child.keys().forEach(k -> map.put(k, child.text(k))));
        return map;
    }

    /** The keys of this object, in order. */
    List<String> keys() {
        List<String> keys = new ArrayList<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    InvalidImageException invalid(String key, String why) {
        return new InvalidImageException(where + ": " + key + " " + why);
    }

    private JsonNode array(String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return MAPPER.createArrayNode();
        }
        if (!value.isArray()) {
            throw invalid(key, "is not an array");
        }
        return value;
    }

    private JsonObject child(String key, JsonNode value) {
        if (!value.isObject()) {
            throw invalid(key, "is not an object");
        }
        return new JsonObject(where + ": " + key, value);
    }

    private static String firstLine(IOException e) {
        String message = String.valueOf(e.getMessage());
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }
}
