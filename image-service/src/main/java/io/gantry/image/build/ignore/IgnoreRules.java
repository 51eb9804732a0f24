package io.gantry.image.build.ignore;

import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.SourceText;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules of an ignore file, in order: of those that match a path or a directory above it, the
 * last one decides.
 */
public final class IgnoreRules {

    /** One line of the file. */
    private record Rule(String text, PathPattern pattern, boolean includes) {}

    private final List<Rule> rules;

    private IgnoreRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** Leaves nothing out. */
    public static IgnoreRules none() {
        return new IgnoreRules(List.of());
    }

    /**
     * Reads an ignore file: {@code #} in the first column begins a comment, {@code !} an exception;
     * paths are cleaned, a slash at their beginning or end means nothing.
     *
     * @param name of the file, for messages
     * @throws DockerfileException with the line
     */
    public static IgnoreRules parse(String name, String text) {
        SourceText source =
                SourceText.of(name, text.startsWith("\ufeff") ? text.substring(1) : text);
        List<Rule> rules = new ArrayList<>();
        for (int number = 1; number <= source.lines().size(); number++) {
            String line = source.line(number);
            if (line.startsWith("#") || Blanks.trim(line).isEmpty()) {
                continue;
            }
            try {
                rules.add(rule(Blanks.trim(line)));
            } catch (DockerfileException e) {
                throw e.at(source.place(number, number), source);
            }
        }
        return new IgnoreRules(rules);
    }

    /**
     * Rules by themselves, as {@code --exclude} gives them.
     *
     * @throws DockerfileException when one is malformed
     */
    public static IgnoreRules of(List<String> patterns) {
        return new IgnoreRules(
                patterns.stream()
                        .map(Blanks::trim)
                        .filter(it -> !it.isEmpty())
                        .map(IgnoreRules::rule)
                        .toList());
    }

    private static Rule rule(String line) {
        boolean includes = line.startsWith("!");
        String pattern = includes ? Blanks.trim(line.substring(1)) : line;
        if (pattern.isEmpty()) {
            throw new DockerfileException("illegal exclusion pattern: \"!\"");
        }
        String clean = CleanPath.of(pattern);
        String relative = clean.length() > 1 && clean.startsWith("/") ? clean.substring(1) : clean;
        return new Rule(relative, PathPattern.parse(relative), includes);
    }

    /**
     * Whether a path is left out.
     *
     * @param path relative to the context, separated by slashes, clean
     */
    public boolean ignores(String path) {
        boolean ignored = false;
        for (Rule rule : rules) {
            if (rule.includes() == ignored && matchesOrParent(rule.pattern(), path)) {
                ignored = !rule.includes();
            }
        }
        return ignored;
    }

    private static boolean matchesOrParent(PathPattern pattern, String path) {
        if (pattern.matches(path)) {
            return true;
        }
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            if (pattern.matches(path.substring(0, slash))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether nothing below a directory that is left out can come back, so that it need not be
     * walked. With exceptions that hold a pattern nobody can tell, so that it must be.
     */
    public boolean prunes(String directory) {
        if (!ignores(directory)) {
            return false;
        }
        return rules.stream().filter(Rule::includes).noneMatch(it -> mayBeBelow(it, directory));
    }

    private static boolean mayBeBelow(Rule exception, String directory) {
        String text = exception.text();
        int special = 0;
        while (special < text.length() && "*?[\\".indexOf(text.charAt(special)) < 0) {
            special++;
        }
        String literal = text.substring(0, special);
        String below = directory + "/";
        boolean hasPattern = special < text.length();
        return literal.startsWith(below) || (hasPattern && below.startsWith(literal));
    }

    /** Whether there are exceptions. */
    public boolean hasExceptions() {
        return rules.stream().anyMatch(Rule::includes);
    }

    /** Whether a rule leaves out whatever stands in the root. */
    public boolean ignoresEverything() {
        return rules.stream()
                .filter(it -> !it.includes())
                .anyMatch(it -> List.of("*", "**", "**/*").contains(it.text()));
    }

    /** Whether there is no rule. */
    public boolean isEmpty() {
        return rules.isEmpty();
    }
}
