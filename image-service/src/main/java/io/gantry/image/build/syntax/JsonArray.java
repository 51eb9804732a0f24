package io.gantry.image.build.syntax;

import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The exec form of an instruction's arguments: a JSON array of strings. */
public final class JsonArray {

    private JsonArray() {}

    /**
     * The strings of an array; empty when the text is no JSON array, so that it is shell form.
     *
     * @throws DockerfileException for an array that holds anything but strings
     */
    public static Optional<List<String>> parse(Fragment text) {
        if (!text.trimmed().text().startsWith("[")) {
            return Optional.empty();
        }
        Optional<Object> value = JsonReader.read(text.text());
        if (!(value.orElse(null) instanceof List<?> elements)) {
            return Optional.empty();
        }
        List<String> strings = new ArrayList<>();
        for (Object element : elements) {
            if (!(element instanceof String string)) {
                throw new DockerfileException(
                        "when using JSON array syntax, arrays must be comprised of strings only",
                        text.span());
            }
            strings.add(string);
        }
        return Optional.of(List.copyOf(strings));
    }
}
