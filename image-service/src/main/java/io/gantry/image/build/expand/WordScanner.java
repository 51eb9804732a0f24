package io.gantry.image.build.expand;

import io.gantry.image.build.expand.Expander.Quotes;
import io.gantry.image.build.source.DockerfileException;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;

/** One pass over one word. Reads each character once, so that time is linear in it. */
final class WordScanner {

    static final int END = -1;

    private static final int MAX_DEPTH = 64;

    /** A variable goes into an environment: the kernel takes no string there above 128 KiB. */
    private static final int MAX_GROWTH = 1 << 20;

    private final Expander rules;
    private final String source;
    private final Variables variables;
    private final SequencedSet<String> matched = new LinkedHashSet<>();
    private final SequencedSet<String> unmatched = new LinkedHashSet<>();
    private int at;
    private int depth;
    private boolean keepEscapes;

    WordScanner(Expander rules, String source, Variables variables) {
        this.rules = rules;
        this.source = source;
        this.variables = variables;
        this.keepEscapes = rules.keepEscapes();
    }

    Expansion scan() {
        WordCollector out = scanUpTo(END, rules.keepEscapes());
        return new Expansion(
                out.text(),
                out.words(),
                Collections.unmodifiableSequencedSet(matched),
                Collections.unmodifiableSequencedSet(unmatched));
    }

    /** Reads up to and over {@code stop}, or to the end. */
    WordCollector scanUpTo(int stop, boolean withEscapes) {
        if (++depth > MAX_DEPTH) {
            throw new DockerfileException("substitutions are nested too deeply");
        }
        boolean outer = keepEscapes;
        keepEscapes = withEscapes;
        WordCollector out = new WordCollector(source.length() + MAX_GROWTH);
        while (peek() != END && peek() != stop) {
            step(out);
        }
        if (peek() == END && stop != END) {
            throw new DockerfileException("syntax error: missing '" + (char) stop + "'");
        }
        next();
        keepEscapes = outer;
        depth--;
        return out;
    }

    private void step(WordCollector out) {
        int c = peek();
        boolean quoting = rules.quotes() != Quotes.PLAIN;
        if (c == '$') {
            out.addSplitting(dollar());
        } else if (c == '<') {
            out.addWhole(lessThan());
        } else if (quoting && c == '\'') {
            out.addWhole(singleQuoted());
        } else if (quoting && c == '"') {
            out.addWhole(doubleQuoted());
        } else if (c == rules.escape()) {
            escaped(out);
        } else {
            out.add((char) next());
        }
    }

    private void escaped(WordCollector out) {
        char escape = (char) next();
        if (keepEscapes) {
            out.addWhole(escape);
        }
        if (peek() != END) {
            out.addWhole((char) next());
        }
    }

    /** The mark of a heredoc may have blanks before its word, and is one word nevertheless. */
    private String lessThan() {
        int start = at++;
        if (peek() != '<') {
            return "<";
        }
        at++;
        while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
            at++;
        }
        return source.substring(start, at);
    }

    private String singleQuoted() {
        int end = source.indexOf('\'', at + 1);
        if (end < 0) {
            throw new DockerfileException("unterminated single quote");
        }
        boolean kept = rules.quotes() == Quotes.KEPT;
        String text = source.substring(kept ? at : at + 1, kept ? end + 1 : end);
        at = end + 1;
        return text;
    }

    private String doubleQuoted() {
        boolean kept = rules.quotes() == Quotes.KEPT;
        WordCollector out = new WordCollector(source.length() + MAX_GROWTH);
        next();
        while (peek() != '"') {
            if (peek() == END) {
                throw new DockerfileException("unterminated double quote");
            }
            if (peek() == '$') {
                out.addWhole(dollar());
            } else if (peek() == rules.escape()) {
                escapedInQuotes(out);
            } else {
                out.addWhole((char) next());
            }
        }
        next();
        return kept ? '"' + out.text() + '"' : out.text();
    }

    private void escapedInQuotes(WordCollector out) {
        char escape = (char) next();
        int c = peek();
        boolean takesMeaning = c == '"' || c == '$' || c == rules.escape();
        if (keepEscapes) {
            out.addWhole(escape);
        }
        if (takesMeaning) {
            out.addWhole((char) next());
        } else if (c != END && !keepEscapes) {
            out.addWhole(escape);
        }
    }

    private String dollar() {
        next();
        if (peek() != '{') {
            String name = name();
            return name.isEmpty() ? "$" : orKept(name, "$" + name);
        }
        next();
        return new Substitution(this).read();
    }

    private String orKept(String name, String reference) {
        return find(name).orElse(rules.keepUnset() ? reference : "");
    }

    boolean keepsUnset() {
        return rules.keepUnset();
    }

    Optional<String> find(String name) {
        Optional<String> value = variables.find(name);
        (value.isPresent() ? matched : unmatched).add(name);
        return value;
    }

    /** A name, a positional parameter with all its digits, a special parameter; or nothing. */
    String name() {
        int start = at;
        int first = peek();
        if (isDigit(first)) {
            while (isDigit(peek())) {
                at++;
            }
        } else if (first != END && "@*#?-$!".indexOf(first) >= 0) {
            at++;
        } else {
            while (isOfName()) {
                at += Character.charCount(source.codePointAt(at));
            }
        }
        return source.substring(start, at);
    }

    private boolean isOfName() {
        return at < source.length()
                && (source.charAt(at) == '_' || Character.isLetterOrDigit(source.codePointAt(at)));
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    int peek() {
        return at < source.length() ? source.charAt(at) : END;
    }

    int next() {
        return at < source.length() ? source.charAt(at++) : END;
    }
}
