package io.gantry.image.trust;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Why an image is refused: the reasons against each of its signatures. */
final class Reasons {

    private static final int MAX_SHOWN = 5;
    private static final int MAX_TEXT = 200;

    private final Set<String> reasons = new LinkedHashSet<>();

    /** What somebody else wrote, fit for a message. */
    static String shown(@Nullable String text) {
        String clean = String.valueOf(text).strip().replaceAll("[\\p{Cntrl}\\p{Cf}]+", " ");
        return clean.length() > MAX_TEXT ? clean.substring(0, MAX_TEXT) + "…" : clean;
    }

    void add(String where, String reason) {
        reasons.add(where + ": " + reason);
    }

    void add(String where, Exception reason) {
        add(where, String.valueOf(reason.getMessage()));
    }

    @Override
    public String toString() {
        if (reasons.isEmpty()) {
            return "it is not signed";
        }
        int hidden = reasons.size() - MAX_SHOWN;
        String text = reasons.stream().limit(MAX_SHOWN).collect(Collectors.joining("; "));
        return "no signature counts: " + text + (hidden > 0 ? "; and " + hidden + " more" : "");
    }
}
