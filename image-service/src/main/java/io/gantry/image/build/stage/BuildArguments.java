package io.gantry.image.build.stage;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The values that a build was given for its arguments; one that is there but empty is set.
 *
 * @param values by name
 */
public record BuildArguments(Map<String, String> values) {

    private static final List<String> PROXIES =
            List.of("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY");

    public BuildArguments {
        values = Map.copyOf(values);
    }

    /** The value of an argument. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** Whether an argument to the builder itself switches something on. */
    public boolean isOn(String name) {
        return find(name).filter(it -> it.equals("1") || it.equals("true")).isPresent();
    }

    /**
     * The proxies, which every RUN has in both cases without their being declared, and which are no
     * part of cache keys and history. A value given in lower case goes first.
     */
    public SequencedMap<String, String> proxies() {
        SequencedMap<String, String> proxies = new LinkedHashMap<>();
        for (String name : PROXIES) {
            String lower = name.toLowerCase(Locale.ROOT);
            find(lower)
                    .or(() -> find(name))
                    .ifPresent(
                            it -> {
                                proxies.put(name, find(name).orElse(it));
                                proxies.put(lower, it);
                            });
        }
        return proxies;
    }
}
