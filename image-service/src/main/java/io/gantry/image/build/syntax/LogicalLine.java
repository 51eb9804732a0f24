package io.gantry.image.build.syntax;

import io.gantry.image.build.source.Place;
import io.gantry.image.build.source.SourceText;
import io.gantry.image.build.source.Span;
import java.util.List;

/**
 * The lines of one instruction, joined.
 *
 * @param source the file
 * @param text without comments, continuation marks and the blanks before the first character
 * @param pieces what came from which line, in order; never empty
 * @param lastLine of the instruction without its heredocs, from 1
 * @param comments directly before it, without their marks
 * @param emptyLines numbers of the empty lines that were skipped within it
 */
record LogicalLine(
        SourceText source,
        String text,
        List<Piece> pieces,
        int lastLine,
        List<String> comments,
        List<Integer> emptyLines) {

    /**
     * A part of the text that stands in one line.
     *
     * @param offset of its first character in the text
     * @param line number from 1
     * @param column of that character in the line, from 1
     */
    record Piece(int offset, int line, int column) {}

    LogicalLine {
        pieces = List.copyOf(pieces);
        comments = List.copyOf(comments);
        emptyLines = List.copyOf(emptyLines);
    }

    int firstLine() {
        return pieces.getFirst().line();
    }

    Fragment whole() {
        return new Fragment(text, 0);
    }

    /** Where a part of the text stands in the file. */
    Place place(Span span) {
        int start = Math.min(span.start(), text.length());
        int last = Math.clamp(span.end() - 1L, start, Math.max(start, text.length() - 1));
        Piece first = pieceAt(start);
        Piece end = pieceAt(last);
        return new Place(
                source.name(),
                first.line(),
                first.column() + start - first.offset(),
                end.line(),
                end.column() + last - end.offset() + (span.end() > span.start() ? 1 : 0));
    }

    private Piece pieceAt(int offset) {
        int low = 0;
        int high = pieces.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            if (pieces.get(middle).offset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return pieces.get(low);
    }
}
