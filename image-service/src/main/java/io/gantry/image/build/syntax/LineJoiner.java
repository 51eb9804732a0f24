package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Blanks;
import io.gantry.image.build.source.SourceText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Goes through a file line by line and joins those of an instruction. */
final class LineJoiner {

    private final SourceText source;
    private final char escape;
    private final List<String> comments = new ArrayList<>();

    /** Number of the line that was read last. */
    private int line;

    LineJoiner(SourceText source, Directives directives) {
        this.source = source;
        this.escape = directives.escape();
        this.line = directives.lines();
    }

    /** The next instruction; empty at the end of the file. */
    Optional<LogicalLine> next() {
        while (hasMore()) {
            String text = source.line(++line);
            int start = Blanks.skip(text, 0);
            if (start == text.length()) {
                continue;
            }
            if (text.charAt(start) == '#') {
                comment(text.substring(start + 1));
                continue;
            }
            return Optional.of(join(text, start));
        }
        return Optional.empty();
    }

    /** Whether there is a further line. */
    boolean hasMore() {
        return line < source.lines().size();
    }

    /** The next line as it is: that of a heredoc. */
    String nextRaw() {
        return source.lines().get(line++);
    }

    int line() {
        return line;
    }

    /** An empty comment separates what stands above it from the instruction. */
    private void comment(String text) {
        String trimmed = Blanks.trim(text);
        if (trimmed.isEmpty()) {
            comments.clear();
        } else {
            comments.add(trimmed);
        }
    }

    private LogicalLine join(String first, int start) {
        StringBuilder text = new StringBuilder();
        List<LogicalLine.Piece> pieces = new ArrayList<>();
        List<Integer> empty = new ArrayList<>();
        pieces.add(new LogicalLine.Piece(0, line, start + 1));
        boolean more = append(text, first.substring(start));
        while (more && hasMore()) {
            String next = source.line(++line);
            int begin = Blanks.skip(next, 0);
            if (begin == next.length()) {
                empty.add(line);
            } else if (next.charAt(begin) != '#') {
                pieces.add(new LogicalLine.Piece(text.length(), line, 1));
                more = append(text, next);
            }
        }
        LogicalLine joined =
                new LogicalLine(source, text.toString(), pieces, line, comments, empty);
        comments.clear();
        return joined;
    }

    /** Whether the line goes on in the next: its last escape character is no escaped one. */
    private boolean append(StringBuilder text, String next) {
        int end = next.length();
        while (end > 0 && (next.charAt(end - 1) == ' ' || next.charAt(end - 1) == '\t')) {
            end--;
        }
        boolean continued =
                end > 0
                        && next.charAt(end - 1) == escape
                        && (end == 1 || next.charAt(end - 2) != escape);
        text.append(next, 0, continued ? end - 1 : next.length());
        return continued;
    }
}
