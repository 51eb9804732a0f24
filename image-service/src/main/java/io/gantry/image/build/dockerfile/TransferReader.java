package io.gantry.image.build.dockerfile;

import io.gantry.image.build.dockerfile.FlagValues.Kind;
import io.gantry.image.build.dockerfile.Transfer.Document;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.syntax.Flag;
import io.gantry.image.build.syntax.Fragment;
import io.gantry.image.build.syntax.Heredoc;
import io.gantry.image.build.syntax.HeredocMarks;
import io.gantry.image.build.syntax.JsonArray;
import io.gantry.image.build.syntax.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads COPY and ADD. */
final class TransferReader {

    private static final Map<String, Kind> COPY_FLAGS =
            Map.of(
                    "from", Kind.TEXT,
                    "chown", Kind.TEXT,
                    "chmod", Kind.TEXT,
                    "link", Kind.BOOLEAN,
                    "parents", Kind.BOOLEAN,
                    "exclude", Kind.TEXTS);

    private static final Map<String, Kind> ADD_FLAGS =
            Map.of(
                    "chown", Kind.TEXT,
                    "chmod", Kind.TEXT,
                    "link", Kind.BOOLEAN,
                    "keep-git-dir", Kind.BOOLEAN,
                    "checksum", Kind.TEXT,
                    "unpack", Kind.BOOLEAN,
                    "exclude", Kind.TEXTS);

    private TransferReader() {}

    static Instruction copy(Statement statement) {
        FlagValues flags = FlagValues.read(statement, COPY_FLAGS);
        flags.find("from").ifPresent(TransferReader::checkFrom);
        return new Instruction.Copy(
                transfer(statement, flags),
                flags.text("from").filter(it -> !it.isEmpty()),
                flags.isTrue("parents"),
                statement.origin());
    }

    static Instruction add(Statement statement) {
        FlagValues flags = FlagValues.read(statement, ADD_FLAGS);
        return new Instruction.Add(
                transfer(statement, flags),
                flags.findBoolean("keep-git-dir"),
                flags.text("checksum").filter(it -> !it.isEmpty()),
                flags.findBoolean("unpack"),
                statement.origin());
    }

    private static void checkFrom(Flag flag) {
        String value = flag.value().orElse("");
        int dollar = value.indexOf('$');
        if (dollar >= 0 && dollar < value.length() - 1) {
            throw new DockerfileException(
                    "variable expansion is not supported for --from, define a new stage with FROM"
                            + " using ARG from global scope as a workaround",
                    flag.span());
        }
    }

    private static Transfer transfer(Statement statement, FlagValues flags) {
        List<String> words = words(statement);
        if (words.size() < 2) {
            throw new DockerfileException(
                    statement.keyword()
                            + " requires at least two arguments, but only one was provided."
                            + " Destination could not be determined");
        }
        if (HeredocMarks.parse(words.getLast()).isPresent()) {
            throw new DockerfileException(
                    statement.keyword() + " cannot accept a heredoc as a destination");
        }
        Map<String, Heredoc> heredocs = new LinkedHashMap<>();
        statement.heredocs().forEach(it -> heredocs.put(it.name(), it));
        List<String> sources = new ArrayList<>();
        List<Document> documents = new ArrayList<>();
        for (String word : words.subList(0, words.size() - 1)) {
            Optional<Heredoc> heredoc =
                    HeredocMarks.parse(word).map(it -> heredocs.getOrDefault(it.name(), it));
            if (heredoc.isPresent()) {
                documents.add(document(heredoc.get()));
            } else {
                sources.add(word);
            }
        }
        return new Transfer(
                sources,
                documents,
                words.getLast(),
                flags.text("chown").filter(it -> !it.isEmpty()),
                flags.text("chmod").filter(it -> !it.isEmpty()),
                flags.isTrue("link"),
                flags.texts("exclude"));
    }

    private static Document document(Heredoc heredoc) {
        return new Document(heredoc.name(), heredoc.body(), heredoc.expands());
    }

    private static List<String> words(Statement statement) {
        return JsonArray.parse(statement.arguments())
                .orElseGet(
                        () -> statement.arguments().split().stream().map(Fragment::text).toList());
    }
}
