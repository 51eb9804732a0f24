package io.gantry.image.build.expand;

import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A pattern of a substitution: {@code *} stands for any text, {@code ?} for any character, <code>
 * \* \? \\</code> for themselves. There are no bracket expressions.
 *
 * <p>Between stars a pattern is a row of chunks of fixed length. A match places them from the left,
 * each as early as it can, and for the longest match the last one as late as it can: no
 * backtracking. What remains, a chunk tried at each position, has a budget.
 */
final class Glob {

    /** Stands for any character. */
    private static final int ANY = -1;

    /**
     * Comparisons in one use of a pattern; a value of 128 KiB needs as many as it has characters.
     */
    private static final int BUDGET = 1 << 22;

    private final List<int[]> chunks;
    private int comparisons;

    private Glob(List<int[]> chunks) {
        this.chunks = chunks;
    }

    /**
     * Reads a pattern; a slash or a closing brace may be escaped, having meant something else
     * otherwise.
     *
     * @throws DockerfileException for any other escape
     */
    static Glob parse(String pattern) {
        List<int[]> chunks = new ArrayList<>();
        IntStream.Builder chunk = IntStream.builder();
        int[] characters = pattern.codePoints().toArray();
        for (int i = 0; i < characters.length; i++) {
            int c = characters[i];
            if (c == '*') {
                chunks.add(chunk.build().toArray());
                chunk = IntStream.builder();
            } else if (c == '\\') {
                i++;
                chunk.add(escaped(pattern, i < characters.length ? characters[i] : ANY));
            } else {
                chunk.add(c == '?' ? ANY : c);
            }
        }
        chunks.add(chunk.build().toArray());
        return new Glob(chunks);
    }

    private static int escaped(String pattern, int c) {
        if (c == ANY || "*?\\/}".indexOf(c) < 0) {
            String shown = c == ANY ? "" : Character.toString(c);
            throw new DockerfileException(
                    "invalid pattern ("
                            + pattern
                            + ") in substitution: invalid escape '\\"
                            + shown
                            + "'");
        }
        return c;
    }

    String withoutPrefix(String value, boolean longest) {
        int[] text = value.codePoints().toArray();
        int end = matchAt(text, 0, longest);
        return end < 0 ? value : string(text, end, text.length);
    }

    /** The mirror image of a prefix. */
    String withoutSuffix(String value, boolean longest) {
        int[] text = mirrored(value.codePoints().toArray());
        int end = mirrored().matchAt(text, 0, longest);
        return end < 0 ? value : string(mirrored(text), 0, text.length - end);
    }

    /** Replaces the first match or all, each the leftmost and of these the longest. */
    String replace(String value, String replacement, boolean all) {
        int[] text = value.codePoints().toArray();
        StringBuilder out = new StringBuilder();
        int done = 0;
        boolean touches = false;
        for (int from = 0; from <= text.length; ) {
            int start = find(text, from);
            if (start < 0) {
                break;
            }
            int end = matchAt(text, start, true);
            boolean emptyAfterMatch = end == start && start == done && touches;
            if (!emptyAfterMatch) {
                out.append(string(text, done, start)).append(replacement);
                checkSize(out);
                done = end;
                touches = true;
            }
            if (!all) {
                break;
            }
            from = end > start ? end : end + 1;
        }
        return out.append(string(text, done, text.length)).toString();
    }

    private static void checkSize(StringBuilder out) {
        if (out.length() > BUDGET) {
            throw new DockerfileException("the expanded text is longer than 1 MiB");
        }
    }

    /** The leftmost place from which the pattern matches: any later one leaves it less room. */
    private int find(int[] text, int from) {
        int start = indexOf(text, chunks.getFirst(), from);
        return start >= 0 && matchAt(text, start, false) >= 0 ? start : -1;
    }

    /** Where a match that begins at {@code start} ends, or −1. */
    private int matchAt(int[] text, int start, boolean longest) {
        if (!matches(text, chunks.getFirst(), start)) {
            return -1;
        }
        int end = start + chunks.getFirst().length;
        for (int i = 1; i < chunks.size(); i++) {
            int[] chunk = chunks.get(i);
            boolean latest = longest && i == chunks.size() - 1;
            int found = latest ? lastIndexOf(text, chunk, end) : indexOf(text, chunk, end);
            if (found < 0) {
                return -1;
            }
            end = found + chunk.length;
        }
        return end;
    }

    private int indexOf(int[] text, int[] chunk, int from) {
        for (int at = from; at + chunk.length <= text.length; at++) {
            if (matches(text, chunk, at)) {
                return at;
            }
        }
        return -1;
    }

    private int lastIndexOf(int[] text, int[] chunk, int from) {
        for (int at = text.length - chunk.length; at >= from; at--) {
            if (matches(text, chunk, at)) {
                return at;
            }
        }
        return -1;
    }

    private boolean matches(int[] text, int[] chunk, int at) {
        if (at + chunk.length > text.length) {
            return false;
        }
        for (int i = 0; i < chunk.length; i++) {
            if (++comparisons > BUDGET) {
                throw new DockerfileException("the pattern takes too long to match");
            }
            if (chunk[i] != ANY && chunk[i] != text[at + i]) {
                return false;
            }
        }
        return true;
    }

    private Glob mirrored() {
        return new Glob(chunks.reversed().stream().map(Glob::mirrored).toList());
    }

    private static int[] mirrored(int[] from) {
        int[] out = new int[from.length];
        Arrays.setAll(out, i -> from[from.length - 1 - i]);
        return out;
    }

    private static String string(int[] text, int from, int to) {
        return new String(text, from, to - from);
    }
}
