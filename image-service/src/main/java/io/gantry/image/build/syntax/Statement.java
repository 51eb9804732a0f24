package io.gantry.image.build.syntax;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Place;
import io.gantry.image.build.source.SourceText;
import io.gantry.image.build.source.Span;
import java.util.List;
import java.util.Locale;

/**
 * An instruction that was taken apart, but not understood.
 *
 * @param word its name as it is written
 * @param flags before its arguments
 * @param arguments without blanks around them
 * @param heredocs in the order of their marks
 * @param origin where it stands
 */
public record Statement(
        Fragment word,
        List<Flag> flags,
        Fragment arguments,
        List<Heredoc> heredocs,
        Origin origin) {

    public Statement {
        flags = List.copyOf(flags);
        heredocs = List.copyOf(heredocs);
    }

    /**
     * Where an instruction stands.
     *
     * @param joined its lines
     * @param lastLine that of its last heredoc included
     * @param escape of the file
     */
    public record Origin(LogicalLine joined, int lastLine, char escape) {

        /** The whole instruction. */
        public Place place() {
            return source().place(joined.firstLine(), lastLine);
        }

        /** A part of it. */
        public Place place(Span span) {
            return joined.place(span);
        }

        /** The file. */
        public SourceText source() {
            return joined.source();
        }

        /** The instruction with its lines joined, without its heredocs. */
        public String text() {
            return joined.text();
        }

        /** The comments before it, without their marks. */
        public List<String> comments() {
            return joined.comments();
        }

        /** The empty lines that were skipped within it. */
        public List<Place> emptyLines() {
            return joined.emptyLines().stream().map(it -> source().place(it, it)).toList();
        }

        /** The same failure with its place in the file. */
        public DockerfileException locate(DockerfileException failure) {
            Place where = failure.span().map(this::place).orElseGet(this::place);
            return failure.at(where, source());
        }
    }

    /** Its name in upper case. */
    public String keyword() {
        return word.text().toUpperCase(Locale.ROOT);
    }

    /**
     * The instruction that the arguments are: what an ONBUILD will trigger. It has the heredocs.
     *
     * @throws DockerfileException when a part of it is malformed
     */
    public Statement inner() {
        return StatementReader.take(arguments, heredocs, origin);
    }
}
