package io.gantry.image.build.ignore;

import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A pattern for whole paths: {@code *} any text and {@code ?} any character within a name, {@code
 * [a-z]} and {@code [^a-z]} one of them, {@code **} any number of directories, a backslash takes
 * the meaning from what follows.
 *
 * <p>Matching follows all ways through the pattern at once, so that no path takes longer than its
 * length times the pattern's.
 */
public final class PathPattern {

    /** One position of the pattern. */
    private sealed interface Step {

        /** A character of a name. */
        record Literal(int character) implements Step {}

        /** Any character but a slash. */
        record Any() implements Step {}

        /** Characters but slashes, from pairs of first and last. */
        record OneOf(List<int[]> ranges, boolean negated) implements Step {}

        /** Any number of characters but slashes. */
        record Star() implements Step {}

        /** Any text that is empty or ends in a slash. */
        record Directories() implements Step {}

        /** Any text. */
        record Rest() implements Step {}
    }

    private static final int MAX_LENGTH = 4096;

    private final List<Step> steps;
    private final String literalPrefix;

    private PathPattern(List<Step> steps) {
        this.steps = List.copyOf(steps);
        StringBuilder prefix = new StringBuilder();
        for (Step step : steps) {
            if (!(step instanceof Step.Literal literal)) {
                break;
            }
            prefix.appendCodePoint(literal.character());
        }
        this.literalPrefix = prefix.toString();
    }

    /**
     * Reads a pattern that was cleaned.
     *
     * @throws DockerfileException when a bracket or escape in it does not end
     */
    public static PathPattern parse(String pattern) {
        if (pattern.length() > MAX_LENGTH) {
            throw new DockerfileException("a pattern is longer than " + MAX_LENGTH + " characters");
        }
        int[] in = pattern.codePoints().toArray();
        List<Step> steps = new ArrayList<>();
        int at = 0;
        if (isSuffix(pattern)) {
            steps.add(new Step.Rest());
            at = 2;
        }
        while (at < in.length) {
            at = add(steps, in, at, pattern);
        }
        return new PathPattern(steps);
    }

    /** Two stars before plain text: {@code **.go} is anything that ends so. */
    private static boolean isSuffix(String pattern) {
        return pattern.startsWith("**")
                && !pattern.startsWith("/", 2)
                && pattern.chars().skip(2).noneMatch(c -> "*?[]\\".indexOf(c) >= 0);
    }

    /** Whether a path, separated by slashes and without one at its ends, is one of these. */
    public boolean matches(String path) {
        if (!path.startsWith(literalPrefix)) {
            return false;
        }
        if (literalPrefix.codePointCount(0, literalPrefix.length()) == steps.size()) {
            return path.length() == literalPrefix.length();
        }
        BitSet now = new BitSet(steps.size() + 1);
        enter(now, 0);
        int at = 0;
        while (at < path.length() && !now.isEmpty()) {
            int c = path.codePointAt(at);
            at += Character.charCount(c);
            now = after(now, c);
        }
        return now.get(steps.size());
    }

    private BitSet after(BitSet now, int c) {
        BitSet next = new BitSet(steps.size() + 1);
        for (int i = now.nextSetBit(0); i >= 0 && i < steps.size(); i = now.nextSetBit(i + 1)) {
            switch (steps.get(i)) {
                case Step.Literal it -> move(next, i + 1, it.character() == c);
                case Step.Any _ -> move(next, i + 1, c != '/');
                case Step.OneOf it -> move(next, i + 1, accepts(it, c));
                case Step.Star _ -> move(next, i, c != '/');
                case Step.Rest _ -> move(next, i, true);
                case Step.Directories _ -> {
                    next.set(i);
                    move(next, i + 1, c == '/');
                }
            }
        }
        return next;
    }

    private void move(BitSet next, int to, boolean possible) {
        if (possible) {
            enter(next, to);
        }
    }

    /** What may be empty is passed at once; directories only where a name begins. */
    private void enter(BitSet states, int at) {
        int state = at;
        states.set(state);
        while (state < steps.size() && mayBeEmpty(steps.get(state))) {
            states.set(++state);
        }
    }

    private static boolean mayBeEmpty(Step step) {
        return step instanceof Step.Star
                || step instanceof Step.Rest
                || step instanceof Step.Directories;
    }

    private static boolean accepts(Step.OneOf set, int c) {
        boolean in = set.ranges().stream().anyMatch(it -> it[0] <= c && c <= it[1]);
        return c != '/' && in != set.negated();
    }

    /** The index behind what was read. */
    private static int add(List<Step> steps, int[] in, int at, String pattern) {
        switch (in[at]) {
            case '*' -> {
                return stars(steps, in, at);
            }
            case '?' -> steps.add(new Step.Any());
            case '[' -> {
                return brackets(steps, in, at + 1, pattern);
            }
            case '\\' -> {
                steps.add(new Step.Literal(character(in, at, pattern)));
                return at + 2;
            }
            default -> steps.add(new Step.Literal(in[at]));
        }
        return at + 1;
    }

    private static int stars(List<Step> steps, int[] in, int at) {
        if (at + 1 == in.length || in[at + 1] != '*') {
            steps.add(new Step.Star());
            return at + 1;
        }
        int end = at + 2 < in.length && in[at + 2] == '/' ? at + 3 : at + 2;
        steps.add(end == in.length ? new Step.Rest() : new Step.Directories());
        return end;
    }

    private static int brackets(List<Step> steps, int[] in, int from, String pattern) {
        boolean negated = from < in.length && in[from] == '^';
        int at = negated ? from + 1 : from;
        List<int[]> ranges = new ArrayList<>();
        while (ranges.isEmpty() || at >= in.length || in[at] != ']') {
            int first = member(in, at, pattern);
            at += in[at] == '\\' ? 2 : 1;
            int last = first;
            if (at < in.length && in[at] == '-') {
                last = member(in, at + 1, pattern);
                at += in[at + 1] == '\\' ? 3 : 2;
            }
            ranges.add(new int[] {first, last});
        }
        steps.add(new Step.OneOf(List.copyOf(ranges), negated));
        return at + 1;
    }

    private static int member(int[] in, int at, String pattern) {
        if (at >= in.length || in[at] == '-' || in[at] == ']') {
            throw malformed(pattern);
        }
        return character(in, at, pattern);
    }

    private static int character(int[] in, int at, String pattern) {
        boolean escaped = in[at] == '\\';
        if (escaped && at + 1 == in.length) {
            throw malformed(pattern);
        }
        return escaped ? in[at + 1] : in[at];
    }

    private static DockerfileException malformed(String pattern) {
        return new DockerfileException("syntax error in pattern \"" + pattern + "\"");
    }
}
