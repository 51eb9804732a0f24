package io.gantry.image.build.tree;

import io.gantry.image.build.ignore.IgnoreRules;
import java.nio.charset.StandardCharsets;

/** Applies rules, which are text, to byte strings. */
final class Exclusion {

    private Exclusion() {}

    /** Whether a path is left out. */
    static boolean excludes(IgnoreRules rules, String path) {
        return !rules.isEmpty() && rules.ignores(text(path));
    }

    /** Whether a path is left out with all below it. */
    static boolean prunes(IgnoreRules rules, String path, boolean directory) {
        if (rules.isEmpty()) {
            return false;
        }
        return directory ? rules.prunes(text(path)) : rules.ignores(text(path));
    }

    private static String text(String path) {
        return new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
