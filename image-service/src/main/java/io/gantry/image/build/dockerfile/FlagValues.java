package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.build.syntax.Flag;
import io.gantry.image.build.syntax.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The flags of an instruction, each of a kind that the instruction knows. */
final class FlagValues {

    /** What a flag takes. */
    enum Kind {
        BOOLEAN,
        TEXT,
        /** A text, any number of times. */
        TEXTS
    }

    private final Map<String, List<Flag>> byName;

    private FlagValues(Map<String, List<Flag>> byName) {
        this.byName = byName;
    }

    /** For an instruction that has no flags. */
    static void none(Statement statement) {
        read(statement, Map.of());
    }

    /**
     * Reads the flags of an instruction.
     *
     * @throws DockerfileException for one that is unknown, given twice or has no fitting value
     */
    static FlagValues read(Statement statement, Map<String, Kind> known) {
        Map<String, List<Flag>> byName = new LinkedHashMap<>();
        for (Flag flag : statement.flags()) {
            Kind kind = known.get(flag.name());
            if (kind == null) {
                throw new DockerfileException(
                        "unknown flag: --"
                                + flag.name()
                                + Suggestion.didYouMean(flag.name(), known.keySet()),
                        flag.span());
            }
            if (byName.containsKey(flag.name()) && kind != Kind.TEXTS) {
                throw new DockerfileException(
                        "duplicate flag specified: --" + flag.name(), flag.span());
            }
            check(flag, kind);
            byName.computeIfAbsent(flag.name(), _ -> new ArrayList<>()).add(flag);
        }
        return new FlagValues(byName);
    }

    private static void check(Flag flag, Kind kind) {
        boolean missing =
                kind == Kind.BOOLEAN
                        ? flag.value().filter(String::isEmpty).isPresent()
                        : flag.value().isEmpty();
        if (missing) {
            throw new DockerfileException("missing a value on flag: --" + flag.name(), flag.span());
        }
        if (kind == Kind.BOOLEAN && !isBoolean(flag.value().orElse("true"))) {
            throw new DockerfileException(
                    "expecting boolean value for flag --%s, not: %s"
                            .formatted(flag.name(), flag.value().orElse("")),
                    flag.span());
        }
    }

    private static boolean isBoolean(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        return lower.equals("true") || lower.equals("false");
    }

    Optional<Boolean> findBoolean(String name) {
        return find(name).map(it -> !it.value().orElse("").equalsIgnoreCase("false"));
    }

    boolean isTrue(String name) {
        return findBoolean(name).orElse(false);
    }

    Optional<String> text(String name) {
        return find(name).flatMap(Flag::value);
    }

    List<String> texts(String name) {
        return all(name).stream().map(it -> it.value().orElse("")).toList();
    }

    Optional<Flag> find(String name) {
        return all(name).stream().findFirst();
    }

    List<Flag> all(String name) {
        return byName.getOrDefault(name, List.of());
    }
}
