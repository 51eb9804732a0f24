package io.gantry.image.build.syntax;

import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.expand.Expander.Quotes;
import io.gantry.image.build.expand.Variables;
import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds where an instruction announces heredocs. Their escape is the backslash, always. */
public final class HeredocMarks {

    private static final Expander WORDS = new Expander('\\', Quotes.KEPT, true, true);
    private static final Expander NAME = new Expander('\\', Quotes.REMOVED, false, true);
    private static final Expander QUOTED_NAME = new Expander('\\', Quotes.KEPT, false, true);

    private HeredocMarks() {}

    /** All of a line, in order, without content. A line that is no row of words has none. */
    static List<Heredoc> findIn(String line) {
        List<Heredoc> found = new ArrayList<>();
        for (String word : wordsOf(line)) {
            parse(word).ifPresent(found::add);
        }
        return found;
    }

    private static List<String> wordsOf(String line) {
        try {
            return WORDS.expand(line, Variables.none()).words();
        } catch (DockerfileException _) {
            return List.of();
        }
    }

    /**
     * A word as the mark of a heredoc, {@code [n]<<[-]WORD}; empty when it is none.
     *
     * @throws DockerfileException when its quotes do not end
     */
    public static Optional<Heredoc> parse(String word) {
        int digits = 0;
        while (digits < word.length() && Character.digit(word.charAt(digits), 10) >= 0) {
            digits++;
        }
        if (!word.startsWith("<<", digits)) {
            return Optional.empty();
        }
        boolean stripsTabs = word.startsWith("-", digits + 2);
        String rest = word.substring(Blanks.skip(word, digits + (stripsTabs ? 3 : 2)));
        if (rest.isEmpty() || rest.indexOf('<') >= 0) {
            return Optional.empty();
        }
        List<String> names = NAME.expand(rest, Variables.none()).words();
        if (names.size() != 1) {
            return Optional.empty();
        }
        List<String> quoted = QUOTED_NAME.expand(rest, Variables.none()).words();
        boolean expands =
                quoted.size() == 1 && quotesIn(names.getFirst()) == quotesIn(quoted.getFirst());
        return Optional.of(
                new Heredoc(
                        names.getFirst(),
                        descriptor(word.substring(0, digits)),
                        expands,
                        stripsTabs,
                        ""));
    }

    private static long descriptor(String digits) {
        return digits.isEmpty() || digits.length() > 9 ? 0 : Long.parseLong(digits);
    }

    private static long quotesIn(String text) {
        return text.chars().filter(c -> c == '"' || c == '\'').count();
    }
}
