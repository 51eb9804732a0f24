package io.gantry.image.build.source;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds what may have been meant by a word that nobody knows. */
public final class Suggestion {

    private static final int MAX_DISTANCE = 3;
    private static final int MAX_LENGTH = 64;

    private Suggestion() {}

    /**
     * The candidate that is nearest by insertions, deletions, replacements and swaps of neighbours,
     * if any is near; of equally near ones the first in order.
     */
    public static Optional<String> nearest(String word, Collection<String> candidates) {
        if (word.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String sought = word.toLowerCase(Locale.ROOT);
        int limit = Math.min(MAX_DISTANCE, word.length() / 2 + 1);
        String best = null;
        for (String candidate : candidates.stream().sorted().toList()) {
            int distance = distance(sought, candidate.toLowerCase(Locale.ROOT), limit);
            if (distance < limit && !candidate.equals(word)) {
                best = candidate;
                limit = distance;
            }
        }
        return Optional.ofNullable(best);
    }

    /** {@code " (did you mean X?)"}, or nothing. */
    public static String didYouMean(String word, Collection<String> candidates) {
        return nearest(word, candidates).map(it -> " (did you mean " + it + "?)").orElse("");
    }

    /** At most {@code limit}: what is farther away is of no interest. */
    private static int distance(String from, String to, int limit) {
        if (Math.abs(from.length() - to.length()) >= limit) {
            return limit;
        }
        int[][] rows = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                rows[i][j] = i == 0 || j == 0 ? i + j : step(rows, from, to, i, j);
            }
        }
        return Math.min(limit, rows[from.length()][to.length()]);
    }

    private static int step(int[][] rows, String from, String to, int i, int j) {
        boolean same = from.charAt(i - 1) == to.charAt(j - 1);
        int best =
                Math.min(
                        rows[i - 1][j - 1] + (same ? 0 : 1),
                        Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
        boolean swapped =
                i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(best, rows[i - 2][j - 2] + 1) : best;
    }
}
