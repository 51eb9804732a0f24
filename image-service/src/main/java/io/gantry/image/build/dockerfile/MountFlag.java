package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Span;
import io.gantry.image.build.syntax.Flag;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * {@code --mount=…} as it was written: most of its values may hold variables.
 *
 * @param text fields separated by commas, RFC 4180
 * @param from where the mount is from; known before variables are, as the graph of stages needs it
 */
public record MountFlag(String text, Optional<String> from, Span span) {

    /**
     * @throws DockerfileException for what is wrong whatever the values of variables
     */
    static MountFlag of(Flag flag) {
        String text = flag.value().orElse("");
        try {
            MountFlag mount = new MountFlag(text, fromOf(fields(text)), flag.span());
            if (text.indexOf('$') < 0) {
                mount.resolve(UnaryOperator.identity());
            }
            return mount;
        } catch (DockerfileException e) {
            throw new DockerfileException(e.reason(), flag.span());
        }
    }

    /**
     * The mount itself.
     *
     * @param expand gives a value its variables
     * @throws DockerfileException naming the field that is wrong
     */
    public RunMount resolve(UnaryOperator<String> expand) {
        try {
            return new MountReader(expand).read(fields(text));
        } catch (DockerfileException e) {
            throw new DockerfileException(e.reason(), span);
        }
    }

    private static Optional<String> fromOf(List<String> fields) {
        Optional<String> from = Optional.empty();
        for (String field : fields) {
            int equals = field.indexOf('=');
            if (equals >= 0 && field.substring(0, equals).toLowerCase(Locale.ROOT).equals("from")) {
                from = Optional.of(field.substring(equals + 1)).filter(it -> !it.isEmpty());
            }
        }
        return from.map(MountFlag::withoutVariable);
    }

    private static String withoutVariable(String from) {
        int dollar = from.indexOf('$');
        if (dollar >= 0 && dollar < from.length() - 1) {
            throw new DockerfileException(
                    "'from' doesn't support variable expansion, define alias stage instead");
        }
        return from;
    }

    private static List<String> fields(String text) {
        List<String> fields = new ArrayList<>();
        int at = 0;
        while (at <= text.length()) {
            boolean quoted = text.startsWith("\"", at);
            int end = quoted ? endOfQuoted(text, at + 1) : endOfBare(text, at);
            fields.add(
                    quoted
                            ? text.substring(at + 1, end - 1).replace("\"\"", "\"")
                            : text.substring(at, end));
            at = end + 1;
        }
        return fields;
    }

    private static int endOfBare(String text, int start) {
        int comma = text.indexOf(',', start);
        int end = comma < 0 ? text.length() : comma;
        if (text.substring(start, end).indexOf('"') >= 0) {
            throw new DockerfileException("a quote within a field of the mount: " + text);
        }
        return end;
    }

    /** Behind the quote that ends the field. */
    private static int endOfQuoted(String text, int start) {
        int at = text.indexOf('"', start);
        while (at >= 0 && text.startsWith("\"", at + 1)) {
            at = text.indexOf('"', at + 2);
        }
        boolean ended = at >= 0 && (at + 1 == text.length() || text.charAt(at + 1) == ',');
        if (!ended) {
            throw new DockerfileException("a quoted field of the mount does not end: " + text);
        }
        return at + 1;
    }
}
