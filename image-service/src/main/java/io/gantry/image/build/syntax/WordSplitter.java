package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Blanks;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits words at blanks outside quotes. Quotes and escapes stay in the words: taking them off is
 * part of the expansion.
 */
public final class WordSplitter {

    private static final char NONE = 0;

    private WordSplitter() {}

    /** The words of a text. An escape character at its very end is dropped. */
    public static List<Fragment> split(Fragment from, char escape) {
        String text = from.text();
        List<Fragment> words = new ArrayList<>();
        int start = Blanks.skip(text, 0);
        while (start < text.length()) {
            int end = endOfWord(text, start, escape);
            boolean dangling = end > text.length();
            int last = dangling ? text.length() - 1 : end;
            if (last > start) {
                words.add(from.part(start, last));
            }
            start = Blanks.skip(text, Math.min(end, text.length()));
        }
        return words;
    }

    /** Behind the word; behind the text when that ends in an escape with nothing to escape. */
    private static int endOfWord(String text, int start, char escape) {
        char quote = NONE;
        int at = start;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (quote == NONE && Blanks.isBlank(c)) {
                return at;
            }
            if (c == escape && quote != '\'') {
                at++;
            } else if (quote == NONE && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = NONE;
            }
            at++;
        }
        return at;
    }
}
