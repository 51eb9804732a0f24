package io.gantry.image.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.reference.ImageReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Globs over names of images: {@code *} stands for any characters, slashes and colons included,
 * {@code ?} for one. A name is matched whole, as it stands in full and as a user would write it.
 */
final class PinnedNames {

    private final List<Pattern> patterns;

    PinnedNames(List<String> globs) {
        patterns = globs.stream().map(PinnedNames::pattern).toList();
    }

    /** Whether one of these names, in full, is pinned. */
    boolean pin(Collection<String> names) {
        if (patterns.isEmpty()) {
            return false;
        }
        for (String name : names) {
            for (String spelling : spellings(name)) {
                if (patterns.stream().anyMatch(each -> each.matcher(spelling).matches())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<String> spellings(String name) {
        List<String> spellings = new ArrayList<>();
        spellings.add(name);
        try {
            spellings.add(ImageReference.parse(name).familiar());
        } catch (InvalidArgumentException e) {
            // Then there is one spelling only.
        }
        return spellings;
    }

    private static Pattern pattern(String glob) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            switch (c) {
                // A run of stars is one: possible matches stay few.
                case '*' -> regex.append(i > 0 && glob.charAt(i - 1) == '*' ? "" : ".*");
                case '?' -> regex.append('.');
                default -> regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return Pattern.compile(regex.toString());
    }
}
