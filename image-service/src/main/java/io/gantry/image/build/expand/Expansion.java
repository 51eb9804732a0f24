package io.gantry.image.build.expand;

import java.util.List;
import java.util.SequencedSet;

/**
 * What became of a word.
 *
 * @param text the word as one
 * @param words the word split at blanks outside quotes, those in values of variables included
 * @param matched variables that were looked up and set
 * @param unmatched variables that were looked up and not set
 */
public record Expansion(
        String text,
        List<String> words,
        SequencedSet<String> matched,
        SequencedSet<String> unmatched) {

    public Expansion {
        words = List.copyOf(words);
    }
}
