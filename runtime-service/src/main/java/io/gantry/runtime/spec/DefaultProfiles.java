package io.gantry.runtime.spec;

import io.gantry.linux.spec.Seccomp;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The default seccomp profile by capabilities, each made once: whoever compiles filters knows one
 * that it has seen by its identity. Thread-safe.
 */
public final class DefaultProfiles implements Function<List<String>, Seccomp> {

    /** Sets of capabilities beyond it get a profile of their own each time. */
    private static final int MAX_KEPT = 64;

    private final Function<List<String>, Seccomp> making;
    private final Map<List<String>, Seccomp> made = new ConcurrentHashMap<>();

    public DefaultProfiles(Function<List<String>, Seccomp> making) {
        this.making = making;
    }

    @Override
    public Seccomp apply(List<String> capabilities) {
        Seccomp known = made.get(capabilities);
        if (known != null) {
            return known;
        }
        Seccomp profile = making.apply(capabilities);
        if (made.size() < MAX_KEPT) {
            made.putIfAbsent(List.copyOf(capabilities), profile);
        }
        return profile;
    }
}
