package io.gantry.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Objects and texts of a JSON document; everything else in it is left out. Read token by token: to
 * bind it to classes would cost a command its start-up time.
 */
final class JsonTree {

    private static final int MAX_DEPTH = 20;

    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Map<String, JsonTree> objects = new LinkedHashMap<>();

    private JsonTree() {}

    /**
     * Reads a document.
     *
     * @throws IOException when it is no JSON object
     */
    static JsonTree parse(String text) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("it is no JSON object");
            }
            return object(parser, 0);
        } catch (JacksonException e) {
            // Not as the cause: its message quotes the text, which may be a secret.
            throw new IOException("line " + e.getLocation().getLineNr() + " is not JSON");
        }
    }

    /** The text of that name; empty where there is none. */
    String text(String name) {
        return texts.getOrDefault(name, "");
    }

    /** The object of that name; an empty one where there is none. */
    JsonTree object(String name) {
        return objects.getOrDefault(name, new JsonTree());
    }

    /** The objects in it, by name. */
    Map<String, JsonTree> objects() {
        return objects;
    }

    /** The texts in it, by name. */
    Map<String, String> texts() {
        return texts;
    }

    private static JsonTree object(JsonParser parser, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new IOException("it is nested too deeply");
        }
        JsonTree tree = new JsonTree();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            switch (parser.nextToken()) {
                case START_OBJECT -> tree.objects.put(name, object(parser, depth + 1));
                case VALUE_STRING -> tree.texts.put(name, parser.getText());
                case START_ARRAY -> parser.skipChildren();
                default -> {}
            }
        }
        return tree;
    }
}
