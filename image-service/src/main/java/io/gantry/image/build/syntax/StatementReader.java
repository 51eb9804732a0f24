package io.gantry.image.build.syntax;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.SourceText;
import io.gantry.image.build.syntax.Statement.Origin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the instructions of a file, one after the other. */
public final class StatementReader {

    private static final int MAX_LINE = 65_535;
    private static final Set<String> WITH_HEREDOCS = Set.of("ADD", "COPY", "RUN");

    private final LineJoiner lines;
    private final char escape;

    private StatementReader(SourceText source, Directives directives) {
        this.lines = new LineJoiner(source, directives);
        this.escape = directives.escape();
    }

    /**
     * All instructions of a file; none when there are only comments.
     *
     * @throws DockerfileException with its place
     */
    public static List<Statement> read(SourceText source, Directives directives) {
        checkLengths(source);
        StatementReader reader = new StatementReader(source, directives);
        List<Statement> statements = new ArrayList<>();
        for (Optional<LogicalLine> line = reader.lines.next();
                line.isPresent();
                line = reader.lines.next()) {
            statements.add(reader.statement(line.get()));
        }
        return statements;
    }

    private static void checkLengths(SourceText source) {
        for (int number = 1; number <= source.lines().size(); number++) {
            String line = source.lines().get(number - 1);
            if (line.length() > MAX_LINE / 3
                    && line.getBytes(StandardCharsets.UTF_8).length > MAX_LINE) {
                throw new DockerfileException(
                                "dockerfile line greater than max allowed size of " + MAX_LINE)
                        .at(source.place(number, number), source);
            }
        }
    }

    private Statement statement(LogicalLine line) {
        Origin origin = new Origin(line, line.lastLine(), escape);
        try {
            Statement bare = take(line.whole(), List.of(), origin);
            if (!line.text().contains("<<") || !takesHeredocs(bare)) {
                return bare;
            }
            List<Heredoc> heredocs = new ArrayList<>();
            for (Heredoc mark : HeredocMarks.findIn(line.text())) {
                heredocs.add(content(mark));
            }
            Origin whole = new Origin(line, lines.line(), escape);
            return new Statement(bare.word(), bare.flags(), bare.arguments(), heredocs, whole);
        } catch (DockerfileException e) {
            throw origin.locate(e);
        }
    }

    private static boolean takesHeredocs(Statement statement) {
        if (statement.keyword().equals("ONBUILD")) {
            Statement inner = statement.inner();
            return !inner.keyword().equals("ONBUILD") && takesHeredocs(inner);
        }
        return WITH_HEREDOCS.contains(statement.keyword())
                && JsonArray.parse(statement.arguments()).isEmpty();
    }

    private Heredoc content(Heredoc mark) {
        StringBuilder content = new StringBuilder();
        while (lines.hasMore()) {
            String line = lines.nextRaw();
            if (mark.isEndedBy(line)) {
                return mark.withContent(content.toString());
            }
            content.append(line).append('\n');
        }
        throw new DockerfileException("unterminated heredoc " + mark.name());
    }

    static Statement take(Fragment text, List<Heredoc> heredocs, Origin origin) {
        List<Fragment> cut = text.trimmed().cut();
        FlagSplitter.Split split = FlagSplitter.split(cut.get(1), origin.escape());
        return new Statement(cut.get(0), split.flags(), split.rest(), heredocs, origin);
    }
}
