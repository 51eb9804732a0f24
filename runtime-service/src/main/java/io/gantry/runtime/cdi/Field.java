package io.gantry.runtime.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A value in a description, with the way to it for messages. One that is null is absent.
 *
 * @param file of the description
 * @param path as devices[0].name; empty: the whole
 */
record Field(String file, String path, @Nullable JsonNode value) {

    boolean isPresent() {
        return value != null && !value.isNull() && !value.isMissingNode();
    }

    Field at(String name) {
        String inner = path.isEmpty() ? name : path + "." + name;
        return new Field(file, inner, value == null ? null : value.get(name));
    }

    /** Refuses fields that the format does not have. */
    void requireObject(Set<String> known) throws MalformedCdiSpecException {
        if (value == null || !value.isObject()) {
            throw malformed("an object is needed");
        }
        for (Iterator<String> names = value.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw at(name).malformed("there is no such field");
            }
        }
    }

    List<Field> elements() throws MalformedCdiSpecException {
        if (!isPresent()) {
            return List.of();
        }
        if (value == null || !value.isArray()) {
            throw malformed("a list is needed");
        }
        List<Field> elements = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            elements.add(new Field(file, path + "[" + i + "]", value.get(i)));
        }
        return elements;
    }

    /** A text; empty when absent. */
    String text() throws MalformedCdiSpecException {
        if (value == null || !isPresent()) {
            return "";
        }
        if (!value.isTextual()) {
            throw malformed("a text is needed");
        }
        return value.textValue();
    }

    String requiredText() throws MalformedCdiSpecException {
        String text = text();
        if (text.isEmpty()) {
            throw malformed("it is missing");
        }
        return text;
    }

    List<String> texts() throws MalformedCdiSpecException {
        List<String> texts = new ArrayList<>();
        for (Field element : elements()) {
            texts.add(element.text());
        }
        return texts;
    }

    /** A number from 0 on; null when absent. */
    @Nullable Long number(long max) throws MalformedCdiSpecException {
        if (value == null || !isPresent()) {
            return null;
        }
        if (!value.canConvertToExactIntegral()
                || !value.canConvertToLong()
                || value.longValue() < 0
                || value.longValue() > max) {
            throw malformed("a number from 0 to " + max + " is needed");
        }
        return value.longValue();
    }

    MalformedCdiSpecException malformed(String why) {
        String where = path.isEmpty() ? "" : ": " + path;
        String found = value == null || value.isContainerNode() ? "" : " is " + value;
        return new MalformedCdiSpecException(
                "CDI specification " + file + where + found + ": " + why);
    }
}
