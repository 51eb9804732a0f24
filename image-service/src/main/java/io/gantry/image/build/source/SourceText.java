package io.gantry.image.build.source;

import java.util.ArrayList;
import java.util.List;

/**
 * A file by its lines: split at newlines only, without them; a carriage return at the end of one
 * stays with it, and so does a byte-order mark.
 *
 * @param name as the user names the file
 */
public record SourceText(String name, List<String> lines) {

    private static final int CONTEXT = 2;
    private static final int MAX_SHOWN = 160;
    private static final String RULER = "-".repeat(20) + "\n";

    public SourceText {
        lines = List.copyOf(lines);
    }

    /** Splits the text of a file. A newline at its end starts no further line. */
    public static SourceText of(String name, String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return new SourceText(name, lines);
    }

    /** A line without carriage returns at its end. {@code number} counts from 1. */
    public String line(int number) {
        String line = lines.get(number - 1);
        int end = line.length();
        while (end > 0 && line.charAt(end - 1) == '\r') {
            end--;
        }
        return line.substring(0, end);
    }

    /** The place of whole lines, without blanks around them. */
    public Place place(int first, int last) {
        String start = first <= lines.size() ? line(first) : "";
        String end = last <= lines.size() ? line(last) : "";
        int column = Blanks.skip(start, 0);
        return new Place(
                name,
                first,
                column < start.length() ? column + 1 : 1,
                last,
                Math.max(1, end.stripTrailing().length() + 1));
    }

    /**
     * The lines around a place, numbered; those of the place marked by {@code >>>} and its part of
     * a single line underlined.
     */
    public String excerpt(Place place) {
        StringBuilder out = new StringBuilder(place.toString()).append('\n').append(RULER);
        int first = Math.max(1, place.line() - CONTEXT);
        int last = Math.min(lines.size(), Math.min(place.endLine(), place.line() + 9) + CONTEXT);
        for (int number = first; number <= last; number++) {
            boolean marked = number >= place.line() && number <= place.endLine();
            String text = shown(line(number));
            out.append("%4d | %s%s\n".formatted(number, marked ? ">>> " : "    ", text));
            if (number == place.line() && place.endLine() == number) {
                underline(out, text, place);
            }
        }
        return out.append(RULER).toString();
    }

    private static void underline(StringBuilder out, String text, Place place) {
        int from = place.column() - 1;
        int to = Math.min(text.length(), place.endColumn() - 1);
        if (from >= to) {
            return;
        }
        out.append("     |     ");
        for (int i = 0; i < from; i++) {
            out.append(text.charAt(i) == '\t' ? '\t' : ' ');
        }
        out.append("^".repeat(to - from)).append('\n');
    }

    /** Escape sequences of a file must not reach a terminal. */
    private static String shown(String line) {
        String cut = line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "…" : line;
        StringBuilder out = new StringBuilder(cut.length());
        cut.chars().forEach(c -> out.append(c != '\t' && isControl(c) ? '\ufffd' : (char) c));
        return out.toString();
    }

    private static boolean isControl(int c) {
        return c < ' ' || (c >= 0x7f && c <= 0x9f);
    }
}
