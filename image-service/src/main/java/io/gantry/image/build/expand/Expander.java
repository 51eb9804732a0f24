package io.gantry.image.build.expand;

import io.gantry.image.build.source.DockerfileException;

/**
 * Expands words by the rules of Dockerfiles: single quotes keep everything, double quotes all but
 * {@code $}, the escape character takes the meaning from what follows; {@code $name} and {@code
 * ${name}} with the modifiers {@code - + ? :- :+ :? # ## % %% / //}.
 *
 * @param escape backslash or backtick
 * @param quotes what becomes of quotes
 * @param keepEscapes whether escape characters outside quotes stay in the text
 * @param keepUnset whether references to variables that are not set stay as they are
 */
public record Expander(char escape, Quotes quotes, boolean keepEscapes, boolean keepUnset) {

    /** What becomes of quotes. */
    public enum Quotes {
        /** They group and are taken off. */
        REMOVED,
        /** They group and stay in the text. */
        KEPT,
        /** They are characters like any other. */
        PLAIN
    }

    /** For the words of instructions. */
    public static Expander ofWords(char escape) {
        return new Expander(escape, Quotes.REMOVED, false, false);
    }

    /** For bodies of heredocs, where quotes are data and the escape is always the backslash. */
    public static Expander ofBodies() {
        return new Expander('\\', Quotes.PLAIN, false, false);
    }

    /**
     * Expands a word.
     *
     * @throws DockerfileException when it is malformed, {@code ${name?reason}} fails, or the result
     *     would be too large
     */
    public Expansion expand(String word, Variables variables) {
        try {
            return new WordScanner(this, word, variables).scan();
        } catch (DockerfileException e) {
            throw new DockerfileException(
                    "cannot expand \"" + abbreviated(word) + "\": " + e.reason(),
                    e.span().orElse(null));
        }
    }

    private static String abbreviated(String word) {
        return word.length() <= 80 ? word : word.substring(0, 79) + "…";
    }
}
