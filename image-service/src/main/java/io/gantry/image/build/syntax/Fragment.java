package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of an instruction that knows where it stands.
 *
 * @param text the piece
 * @param offset of its first character in the joined text of the instruction
 */
public record Fragment(String text, int offset) {

    /** Where it stands. */
    public Span span() {
        return Span.of(offset, text.length());
    }

    /** Whether it has no character. */
    public boolean isEmpty() {
        return text.isEmpty();
    }

    /** What is left from a character on. */
    public Fragment from(int start) {
        return new Fragment(text.substring(start), offset + start);
    }

    /** A part. */
    public Fragment part(int start, int end) {
        return new Fragment(text.substring(start, end), offset + start);
    }

    /** Without blanks at its ends. */
    public Fragment trimmed() {
        int start = Blanks.skip(text, 0);
        return new Fragment(Blanks.trim(text), offset + start);
    }

    /** The words between spaces, tabs and the like; quotes mean nothing. */
    public List<Fragment> split() {
        List<Fragment> words = new ArrayList<>();
        int at = skipSpaces(0);
        while (at < text.length()) {
            int end = nextSpace(at);
            words.add(part(at, end));
            at = skipSpaces(end);
        }
        return words;
    }

    /** The first word and what follows it; the latter may be empty. */
    public List<Fragment> cut() {
        int end = nextSpace(0);
        return List.of(part(0, end), from(skipSpaces(end)));
    }

    private int skipSpaces(int from) {
        int at = from;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private int nextSpace(int from) {
        int at = from;
        while (at < text.length() && !isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Of ASCII only, unlike elsewhere. */
    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\u000b' || c == '\f' || c == '\r';
    }
}
