package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.Span;
import java.util.ArrayList;
import java.util.List;

/** Takes the flags off the beginning of an instruction's arguments. */
final class FlagSplitter {

    /**
     * What was split.
     *
     * @param rest behind the flags, without blanks at its ends
     */
    record Split(List<Flag> flags, Fragment rest) {}

    private final Fragment from;
    private final char escape;
    private final List<Flag> flags = new ArrayList<>();
    private int at;

    private FlagSplitter(Fragment from, char escape) {
        this.from = from;
        this.escape = escape;
    }

    /** Reads flags up to the first word that is none; a bare {@code --} ends them, too. */
    static Split split(Fragment arguments, char escape) {
        FlagSplitter splitter = new FlagSplitter(arguments, escape);
        splitter.read();
        return new Split(List.copyOf(splitter.flags), arguments.from(splitter.at).trimmed());
    }

    private void read() {
        String text = from.text();
        at = Blanks.skip(text, 0);
        while (text.startsWith("--", at)) {
            int start = at;
            String word = word(text);
            if (word.equals("--")) {
                return;
            }
            flags.add(Flag.of(word, Span.of(from.offset() + start, at - start)));
            at = Blanks.skip(text, at);
        }
    }

    private String word(String text) {
        StringBuilder word = new StringBuilder();
        char quote = 0;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quote == 0 && Blanks.isBlank(c)) {
                break;
            }
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else if (c != escape) {
                word.append(c);
            } else if (++at < text.length()) {
                word.append(text.charAt(at));
            } else {
                break;
            }
        }
        return word.toString();
    }
}
