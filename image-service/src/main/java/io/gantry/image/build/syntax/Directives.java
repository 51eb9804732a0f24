package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Place;
import io.gantry.image.build.source.SourceText;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The directives at the top of a Dockerfile, {@code # name=value}.
 *
 * @param escape continues lines and escapes characters: backslash or backtick
 * @param syntax the frontend that the file asks for
 * @param check options of the build checks
 * @param lines how many lines at the top are directives
 */
public record Directives(
        char escape, Optional<Directive> syntax, Optional<Directive> check, int lines) {

    private static final char DEFAULT_ESCAPE = '\\';

    /**
     * A directive as it stands.
     *
     * @param value never empty, without blanks around it
     */
    public record Directive(String value, Place place) {

        /** Up to the first blank: what follows it are words to a frontend. */
        public String firstWord() {
            return value.substring(0, Blanks.next(value, 0));
        }
    }

    private enum Name {
        SYNTAX,
        ESCAPE,
        CHECK;

        static Optional<Name> find(String word) {
            return List.of(values()).stream()
                    .filter(it -> it.name().equals(word.toUpperCase(Locale.ROOT)))
                    .findFirst();
        }
    }

    /**
     * Reads what stands at the top; the first line that is no known directive ends that for good. A
     * line {@code #!} before them is passed over, but then the escape is not looked for.
     *
     * @throws DockerfileException for one given twice and for an escape that is none
     */
    public static Directives read(SourceText source) {
        int skipped = source.lines().isEmpty() || !source.line(1).startsWith("#!") ? 0 : 1;
        Map<Name, Directive> found = new EnumMap<>(Name.class);
        int line = skipped;
        while (line < source.lines().size() && add(found, source, line + 1)) {
            line++;
        }
        Optional<Directive> escape =
                Optional.ofNullable(found.get(Name.ESCAPE)).filter(it -> skipped == 0);
        return new Directives(
                escape.map(it -> escape(it, source)).orElse(DEFAULT_ESCAPE),
                Optional.ofNullable(found.get(Name.SYNTAX)),
                Optional.ofNullable(found.get(Name.CHECK)),
                line);
    }

    private static boolean add(Map<Name, Directive> found, SourceText source, int number) {
        String line = source.line(number);
        int start = Blanks.skip(line, 0);
        if (start == line.length() || line.charAt(start) != '#') {
            return false;
        }
        String text = line.substring(Blanks.skip(line, start + 1));
        int equals = text.indexOf('=');
        if (equals < 0) {
            return false;
        }
        String value = Blanks.trim(text.substring(equals + 1));
        Optional<Name> name = Name.find(text.substring(0, equals).stripTrailing());
        if (name.isEmpty() || value.isEmpty()) {
            return false;
        }
        Place place = source.place(number, number);
        if (found.containsKey(name.get())) {
            String word = name.get().name().toLowerCase(Locale.ROOT);
            throw new DockerfileException(
                    "only one " + word + " parser directive can be used",
                    place,
                    source.excerpt(place));
        }
        found.put(name.get(), new Directive(value, place));
        return true;
    }

    private static char escape(Directive directive, SourceText source) {
        if (!directive.value().equals("\\") && !directive.value().equals("`")) {
            throw new DockerfileException(
                    "invalid escape \"" + directive.value() + "\": it must be \\ or `",
                    directive.place(),
                    source.excerpt(directive.place()));
        }
        return directive.value().charAt(0);
    }
}
