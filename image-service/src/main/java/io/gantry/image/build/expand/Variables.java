package io.gantry.image.build.expand;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an expansion can see. */
public interface Variables {

    /** The value of a variable; empty when it is not set. */
    Optional<String> find(String name);

    /** The names of all that are set. */
    Collection<String> names();

    /** Nothing is set. */
    static Variables none() {
        return of(Map.of());
    }

    /** The entries of a map, which must not change meanwhile. */
    static Variables of(Map<String, String> values) {
        return new Variables() {
            @Override
            public Optional<String> find(String name) {
                return Optional.ofNullable(values.get(name));
            }

            @Override
            public Collection<String> names() {
                return List.copyOf(values.keySet());
            }
        };
    }
}
