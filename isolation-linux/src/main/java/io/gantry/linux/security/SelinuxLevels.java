package io.gantry.linux.security;

import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Levels of two categories, which keep pods apart: a process reaches what has no category that the
 * process has not, so that of two different pairs neither reaches the other's. There are half a
 * million.
 */
public final class SelinuxLevels {

    /** The last two of 1,024 are for files of those that no category keeps apart. */
    static final int CATEGORIES = 1022;

    /** As s0:c1,c5.c9; policies have 1,024 categories. */
    private static final Pattern LEVEL =
            Pattern.compile(
                    "(s\\d{1,4})(?::("
                            + "c\\d{1,4}(?:[.]c\\d{1,4})?(?:,c\\d{1,4}(?:[.]c\\d{1,4})?)*"
                            + "))?");

    private final RandomGenerator random;

    public SelinuxLevels(RandomGenerator random) {
        this.random = random;
    }

    /** One of them, as s0:c1,c2, each as likely as the others. */
    public String any() {
        int one = random.nextInt(CATEGORIES);
        int other = random.nextInt(CATEGORIES - 1);
        // The gap that would be the first one again.
        if (other >= one) {
            other++;
        }
        return "s0:c" + Math.min(one, other) + ",c" + Math.max(one, other);
    }

    /**
     * The one spelling of a level or range of those that mean the same: s0:c1,c2,c3 of s0:c3,c1.c2,
     * and of s0:c1,c2-s0:c1,c2 one of its halves.
     *
     * @return what was given, when it is none of the levels that the kernel's own names make
     */
    public static String plain(String level) {
        List<String> ends =
                Stream.of(level.split("-", -1)).map(SelinuxLevels::end).distinct().toList();
        return ends.contains("") ? level : String.join("-", ends);
    }

    /** Empty when it is none. */
    private static String end(String level) {
        Matcher parts = LEVEL.matcher(level);
        if (!parts.matches()) {
            return "";
        }
        if (parts.group(2) == null) {
            return level;
        }
        BitSet categories = new BitSet();
        for (String range : parts.group(2).split(",", -1)) {
            String[] bounds = range.substring(1).split("[.]c", -1);
            int first = Integer.parseInt(bounds[0]);
            int last = Integer.parseInt(bounds[bounds.length - 1]);
            if (first > last) {
                return "";
            }
            categories.set(first, last + 1);
        }
        return categories.stream()
                .mapToObj(category -> "c" + category)
                .collect(Collectors.joining(",", parts.group(1) + ":", ""));
    }
}
