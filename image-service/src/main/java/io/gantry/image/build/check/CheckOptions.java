package io.gantry.image.build.check;

import io.gantry.image.build.source.DockerfileException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which checks are on: {@code skip=A,B;error=true;experimental=C}, a list may be {@code all}.
 *
 * @param error whether findings fail the build
 */
public record CheckOptions(Set<String> skipped, Set<String> experimental, boolean error) {

    private static final String ALL = "all";

    public CheckOptions {
        skipped = Set.copyOf(skipped);
        experimental = Set.copyOf(experimental);
    }

    /** All checks that are not experimental, as warnings. */
    public static CheckOptions defaults() {
        return new CheckOptions(Set.of(), Set.of(), false);
    }

    /**
     * Reads the value of the directive.
     *
     * @throws DockerfileException for options that are none
     */
    public static CheckOptions parse(String text) {
        CheckOptions options = defaults();
        if (text.isBlank()) {
            return options;
        }
        for (String part : text.split(";", 3)) {
            int equals = part.indexOf('=');
            String value = equals < 0 ? "" : part.substring(equals + 1).strip();
            options =
                    switch (equals < 0 ? "" : part.substring(0, equals).strip()) {
                        case "skip" -> options.plus(names(value), Set.of());
                        case "experimental" -> options.plus(Set.of(), names(value));
                        case "error" -> options.withError(bool(value, part));
                        default ->
                                throw new DockerfileException(
                                        "invalid check option \"" + part + "\"");
                    };
        }
        return options;
    }

    /** The options in a comment above an instruction, which are for that one only. */
    static Optional<CheckOptions> ofComments(List<String> comments) {
        for (String comment : comments) {
            int equals = comment.indexOf('=');
            if (equals < 0 || !comment.substring(0, equals).strip().equalsIgnoreCase("check")) {
                continue;
            }
            try {
                String value = comment.substring(equals + 1).strip().split(" ", 2)[0];
                return Optional.of(parse(value));
            } catch (DockerfileException _) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /** What both switch. */
    CheckOptions and(CheckOptions other) {
        return plus(other.skipped, other.experimental);
    }

    boolean isOn(Check check) {
        return check.isExperimental() ? names(experimental, check) : !names(skipped, check);
    }

    private static boolean names(Set<String> set, Check check) {
        return set.contains(ALL) || set.contains(check.ruleName());
    }

    private CheckOptions plus(Set<String> moreSkipped, Set<String> moreExperimental) {
        return new CheckOptions(
                union(skipped, moreSkipped), union(experimental, moreExperimental), error);
    }

    private CheckOptions withError(boolean isError) {
        return new CheckOptions(skipped, experimental, isError);
    }

    private static Set<String> union(Set<String> one, Set<String> other) {
        return Stream.concat(one.stream(), other.stream()).collect(Collectors.toSet());
    }

    private static Set<String> names(String list) {
        return Stream.of(list.split(",", -1)).map(String::strip).collect(Collectors.toSet());
    }

    private static boolean bool(String value, String part) {
        return switch (value) {
            case "1", "t", "T", "TRUE", "true", "True" -> true;
            case "0", "f", "F", "FALSE", "false", "False" -> false;
            default -> throw new DockerfileException("invalid check option \"" + part + "\"");
        };
    }
}
