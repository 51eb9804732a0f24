package io.gantry.image.build.expand;

import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.List;

/** Collects an expanded text, both as one and as words. */
final class WordCollector {

    private final int limit;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder word = new StringBuilder();
    private final List<String> words = new ArrayList<>();

    WordCollector(int limit) {
        this.limit = limit;
    }

    /** A character that ends a word when it is blank. */
    void add(char c) {
        append(c);
        split(c);
    }

    /** A value whose blanks end words. */
    void addSplitting(String value) {
        append(value);
        value.chars().forEach(c -> split((char) c));
    }

    /** A character that belongs to a word, blank or not. */
    void addWhole(char c) {
        append(c);
        word.append(c);
    }

    /** Text that belongs to a word, blanks included. */
    void addWhole(String value) {
        append(value);
        word.append(value);
    }

    String text() {
        return text.toString();
    }

    List<String> words() {
        endWord();
        return words;
    }

    private void split(char c) {
        if (Blanks.isBlank(c)) {
            endWord();
        } else {
            word.append(c);
        }
    }

    private void endWord() {
        if (!word.isEmpty()) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    private void append(char c) {
        checkRoomFor(1);
        text.append(c);
    }

    private void append(String value) {
        checkRoomFor(value.length());
        text.append(value);
    }

    private void checkRoomFor(int more) {
        if (text.length() + more > limit) {
            throw new DockerfileException("the expanded text is longer than 1 MiB");
        }
    }
}
