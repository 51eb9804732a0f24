package io.gantry.cri.config;

import java.util.Collection;
import java.util.Comparator;

/** Finds what somebody probably meant. */
final class NearestWord {

    private NearestWord() {}

    /**
     * The one of {@code known} that takes the fewest edits; one that differs only in its table
     * comes first.
     *
     * @param known not empty
     */
    static String of(String word, Collection<String> known) {
        return known.stream()
                .min(
                        Comparator.<String>comparingInt(k -> distance(last(word), last(k)))
                                .thenComparingInt(k -> distance(word, k)))
                .orElseThrow();
    }

    private static String last(String dotted) {
        return dotted.substring(dotted.lastIndexOf('.') + 1);
    }

    /** Levenshtein's: insertions, deletions and replacements. */
    private static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replaced = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                current[j] =
                        Math.min(
                                Math.min(current[j - 1], previous[j]) + 1,
                                previous[j - 1] + replaced);
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
