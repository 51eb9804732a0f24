package io.gantry.image.build.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The times of steps that change nothing but the configuration. They have none of their own that a
 * later build could find again, and so take that of the next step with files, or of the last one.
 */
final class HistoryTimes {

    private static final String CREATED = "created";

    private HistoryTimes() {}

    /**
     * Gives every step a time, if there is one to give.
     *
     * @param base when the image below was made; may be empty
     * @return the time of the last step, or of the base without steps; may be empty
     */
    static String fill(ArrayNode history, String base) {
        String last = base;
        for (JsonNode step : history) {
            last = step.path(CREATED).asText(last);
        }
        String next = last;
        for (int i = history.size() - 1; i >= 0; i--) {
            if (history.get(i) instanceof ObjectNode step) {
                if (step.has(CREATED)) {
                    next = step.path(CREATED).asText(next);
                } else if (!next.isEmpty()) {
                    // Fields stay in the order in which Docker writes them.
                    ObjectNode whole = step.objectNode();
                    whole.put(CREATED, next);
                    whole.setAll(step);
                    history.set(i, whole);
                }
            }
        }
        return last;
    }
}
