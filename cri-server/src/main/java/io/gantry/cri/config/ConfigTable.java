package io.gantry.cri.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A table of the file that is being read. Asking for a key makes it known; when all is read, {@link
 * #rejectUnknown()} reports the first key that nobody asked for.
 */
final class ConfigTable {

    private final Path file;
    private final String prefix;
    private final @Nullable JsonNode node;
    private final Set<String> known;

    /** The whole of {@code file}, parsed as {@code node}. */
    ConfigTable(Path file, JsonNode node) {
        this(file, "", node, new TreeSet<>());
    }

    private ConfigTable(Path file, String prefix, @Nullable JsonNode node, Set<String> known) {
        this.file = file;
        this.prefix = prefix;
        this.node = node;
        this.known = known;
    }

    /** The table {@code [name]}; an empty one when it is missing. */
    ConfigTable table(String name) {
        JsonNode child = child(name);
        if (child != null && !child.isObject()) {
            throw wrong(name, "a table");
        }
        return new ConfigTable(file, prefix + name + ".", child, known);
    }

    /** The keys of the table, whatever they are: for tables whose keys are names. */
    List<String> keys() {
        List<String> keys = new ArrayList<>();
        if (node != null) {
            node.fieldNames().forEachRemaining(keys::add);
        }
        return keys;
    }

    /** Text; empty when it is missing. */
    String text(String name) {
        JsonNode child = child(name);
        if (child != null && !child.isTextual()) {
            throw wrong(name, "a string");
        }
        return child == null ? "" : child.textValue();
    }

    /** A whole number of {@code least} or more. */
    int number(String name, int least, int otherwise) {
        JsonNode child = child(name);
        if (child == null) {
            return otherwise;
        }
        if (!child.isIntegralNumber() || !child.canConvertToInt() || child.intValue() < least) {
            throw wrong(name, "a whole number of " + least + " or more");
        }
        return child.intValue();
    }

    boolean flag(String name, boolean otherwise) {
        JsonNode child = child(name);
        if (child == null) {
            return otherwise;
        }
        if (!child.isBoolean()) {
            throw wrong(name, "true or false");
        }
        return child.booleanValue();
    }

    Path path(String name, Supplier<Path> otherwise) {
        JsonNode child = child(name);
        return child == null ? otherwise.get() : toPath(name, child);
    }

    List<Path> paths(String name, List<Path> otherwise) {
        return array(name, otherwise, element -> toPath(name, element));
    }

    List<String> texts(String name, List<String> otherwise) {
        return array(name, otherwise, element -> toText(name, element));
    }

    private <T> List<T> array(String name, List<T> otherwise, Function<JsonNode, T> reader) {
        JsonNode child = child(name);
        if (child == null) {
            return otherwise;
        }
        if (!child.isArray()) {
            throw wrong(name, "an array of strings");
        }
        List<T> values = new ArrayList<>();
        child.forEach(element -> values.add(reader.apply(element)));
        return values;
    }

    /** A word that is the name of a constant, in lower case. */
    <E extends Enum<E>> E word(String name, Class<E> type, E otherwise) {
        JsonNode child = child(name);
        if (child == null) {
            return otherwise;
        }
        for (E constant : type.getEnumConstants()) {
            if (child.isTextual() && word(constant).equals(child.textValue())) {
                return constant;
            }
        }
        throw wrong(name, oneOf(type));
    }

    static <E extends Enum<E>> String oneOf(Class<E> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> "\"" + word(constant) + "\"")
                .collect(Collectors.joining(", ", "one of ", ""));
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigException naming the file, the key and the known key that is nearest to it
     */
    void rejectUnknown() {
        if (node != null) {
            rejectUnknown(node, prefix);
        }
    }

    private void rejectUnknown(JsonNode table, String path) {
        for (Map.Entry<String, JsonNode> entry : table.properties()) {
            String key = path + entry.getKey();
            if (!known.contains(key)) {
                throw new ConfigException(
                        file
                                + ": unknown key \""
                                + key
                                + "\"; did you mean \""
                                + NearestWord.of(key, known)
                                + "\"?");
            }
            if (entry.getValue().isObject()) {
                rejectUnknown(entry.getValue(), key + ".");
            }
        }
    }

    private @Nullable JsonNode child(String name) {
        known.add(prefix + name);
        return node == null ? null : node.get(name);
    }

    private String toText(String name, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(name, "an array of strings");
        }
        return value.textValue();
    }

    private Path toPath(String name, JsonNode value) {
        if (!value.isTextual()) {
            throw wrong(name, "a path in quotes");
        }
        try {
            return Path.of(value.textValue());
        } catch (InvalidPathException e) {
            throw new ConfigException(file + ": " + prefix + name + ": " + e.getMessage(), e);
        }
    }

    private ConfigException wrong(String name, String wanted) {
        return new ConfigException(file + ": " + prefix + name + " must be " + wanted);
    }
}
