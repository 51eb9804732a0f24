package io.gantry.image.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Lists of scopes, {@code repository:name:pull,push} with spaces between (distribution's token
 * scope documentation).
 */
final class Scopes {

    private Scopes() {}

    /**
     * What to ask a realm for.
     *
     * @param own what the client needs, its main repository first; may be empty
     * @param asked what the registry asks for, for one request; may be empty
     * @return both in one; just {@code asked} when that is not about the main repository, since the
     *     registry then has names of its own for things
     */
    static String joined(String own, String asked) {
        if (own.isEmpty()) {
            return asked;
        }
        Map<String, Set<String>> wanted = read(own);
        Map<String, Set<String>> askedFor = read(asked);
        if (!askedFor.isEmpty() && !askedFor.containsKey(wanted.keySet().iterator().next())) {
            return asked;
        }
        askedFor.forEach(
                (resource, actions) ->
                        wanted.computeIfAbsent(resource, r -> new TreeSet<>()).addAll(actions));
        return wanted.entrySet().stream()
                .map(e -> e.getKey() + ":" + String.join(",", e.getValue()))
                .collect(Collectors.joining(" "));
    }

    private static Map<String, Set<String>> read(String scopes) {
        Map<String, Set<String>> read = new LinkedHashMap<>();
        for (String scope : words(scopes)) {
            int colon = scope.lastIndexOf(':');
            String resource = colon < 0 ? scope : scope.substring(0, colon);
            Set<String> actions = read.computeIfAbsent(resource, r -> new TreeSet<>());
            if (colon >= 0) {
                actions.addAll(List.of(scope.substring(colon + 1).split(",", -1)));
            }
        }
        return read;
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>(List.of(text.strip().split(" +", -1)));
        words.removeIf(String::isEmpty);
        return words;
    }
}
