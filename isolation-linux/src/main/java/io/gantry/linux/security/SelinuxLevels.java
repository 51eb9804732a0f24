package io.gantry.linux.security;

import java.util.random.RandomGenerator;

/**
 * Levels of two categories, which keep pods apart: a process reaches what has no category that the
 * process has not, so that of two different pairs neither reaches the other's. There are half a
 * million.
 */
public final class SelinuxLevels {

    /** The last two of 1,024 are for files of those that no category keeps apart. */
    static final int CATEGORIES = 1022;

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
}
