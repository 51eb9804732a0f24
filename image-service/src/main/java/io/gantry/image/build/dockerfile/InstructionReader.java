package io.gantry.image.build.dockerfile;

import io.gantry.image.build.dockerfile.FlagValues.Kind;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.build.syntax.Fragment;
import io.gantry.image.build.syntax.Heredoc;
import io.gantry.image.build.syntax.JsonArray;
import io.gantry.image.build.syntax.Statement;
import io.gantry.image.build.syntax.WordSplitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Makes instructions of statements. The longer ones have readers of their own. */
final class InstructionReader {

    private static final Set<String> KEYWORDS =
            Set.of(
                    "ADD",
                    "ARG",
                    "CMD",
                    "COPY",
                    "ENTRYPOINT",
                    "ENV",
                    "EXPOSE",
                    "FROM",
                    "HEALTHCHECK",
                    "LABEL",
                    "MAINTAINER",
                    "ONBUILD",
                    "RUN",
                    "SHELL",
                    "STOPSIGNAL",
                    "USER",
                    "VOLUME",
                    "WORKDIR");

    private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*+");
    private static final int SHOWN = 40;

    private InstructionReader() {}

    /**
     * Reads an instruction.
     *
     * @throws DockerfileException with its place
     */
    static Instruction read(Statement statement) {
        try {
            return typed(statement);
        } catch (DockerfileException e) {
            throw statement.origin().locate(e);
        }
    }

    private static Instruction typed(Statement it) {
        return switch (it.keyword()) {
            case "ADD" -> TransferReader.add(it);
            case "ARG" -> arg(it);
            case "CMD" -> new Instruction.Cmd(commandWithoutFlags(it), it.origin());
            case "COPY" -> TransferReader.copy(it);
            case "ENTRYPOINT" -> entrypoint(it);
            case "ENV" -> new Instruction.Env(assignments(it), it.origin());
            case "EXPOSE" -> new Instruction.Expose(words(it), it.origin());
            case "FROM" -> from(it);
            case "HEALTHCHECK" -> HealthcheckReader.read(it);
            case "LABEL" -> new Instruction.Label(assignments(it), it.origin());
            case "MAINTAINER" -> new Instruction.Maintainer(whole(it), it.origin());
            case "ONBUILD" -> onbuild(it);
            case "RUN" -> RunReader.read(it);
            case "SHELL" -> shell(it);
            case "STOPSIGNAL" -> new Instruction.Stopsignal(whole(it), it.origin());
            case "USER" -> new Instruction.User(whole(it), it.origin());
            case "VOLUME" -> volume(it);
            case "WORKDIR" -> new Instruction.Workdir(whole(it), it.origin());
            default -> throw unknown(it.word());
        };
    }

    private static DockerfileException unknown(Fragment word) {
        String shown =
                word.text().length() > SHOWN ? word.text().substring(0, SHOWN) + "…" : word.text();
        return new DockerfileException(
                "unknown instruction: " + shown + Suggestion.didYouMean(word.text(), KEYWORDS),
                word.span());
    }

    static CommandForm command(Statement statement) {
        Optional<List<String>> array = JsonArray.parse(statement.arguments());
        return array.isPresent()
                ? new CommandForm.Exec(array.get())
                : new CommandForm.Shell(statement.arguments().text(), statement.heredocs());
    }

    private static CommandForm commandWithoutFlags(Statement statement) {
        FlagValues.none(statement);
        return command(statement);
    }

    private static Instruction entrypoint(Statement statement) {
        CommandForm command = commandWithoutFlags(statement);
        boolean none =
                statement.arguments().isEmpty()
                        || (command instanceof CommandForm.Exec exec && exec.arguments().isEmpty());
        return new Instruction.Entrypoint(
                none ? Optional.empty() : Optional.of(command), statement.origin());
    }

    private static Instruction shell(Statement statement) {
        FlagValues.none(statement);
        Fragment arguments = statement.arguments();
        if (arguments.isEmpty()) {
            throw atLeastOne(statement);
        }
        List<String> array =
                JsonArray.parse(arguments)
                        .orElseThrow(
                                () ->
                                        new DockerfileException(
                                                "SHELL requires the arguments to be in JSON form",
                                                arguments.span()));
        if (array.isEmpty()) {
            throw atLeastOne(statement);
        }
        return new Instruction.Shell(array, statement.origin());
    }

    private static Instruction arg(Statement statement) {
        FlagValues.none(statement);
        List<Declaration> declarations = new ArrayList<>();
        for (Fragment word :
                WordSplitter.split(statement.arguments(), statement.origin().escape())) {
            Declaration declaration = Declaration.of(word.text());
            checkName(declaration.name(), statement, word);
            declarations.add(declaration);
        }
        if (declarations.isEmpty()) {
            throw atLeastOne(statement);
        }
        return new Instruction.Arg(declarations, statement.origin());
    }

    /** The old form has one name and takes all that follows it as its value. */
    private static List<Assignment> assignments(Statement statement) {
        FlagValues.none(statement);
        Fragment arguments = statement.arguments();
        List<Fragment> words = WordSplitter.split(arguments, statement.origin().escape());
        if (words.isEmpty()) {
            throw atLeastOne(statement);
        }
        if (words.getFirst().text().indexOf('=') < 0) {
            List<Fragment> cut = arguments.cut();
            if (cut.get(1).isEmpty()) {
                throw new DockerfileException(
                        statement.keyword() + " must have two arguments", arguments.span());
            }
            return List.of(new Assignment(cut.get(0).text(), cut.get(1).text(), true));
        }
        List<Assignment> assignments = new ArrayList<>();
        for (Fragment word : words) {
            assignments.add(assignment(statement, word));
        }
        return assignments;
    }

    private static Assignment assignment(Statement statement, Fragment word) {
        int equals = word.text().indexOf('=');
        if (equals < 0) {
            throw new DockerfileException(
                    "can't find = in \"" + word.text() + "\": must be of the form name=value",
                    word.span());
        }
        String name = word.text().substring(0, equals);
        checkName(name, statement, word);
        return new Assignment(name, word.text().substring(equals + 1), false);
    }

    private static void checkName(String name, Statement statement, Fragment word) {
        if (name.isEmpty()) {
            throw new DockerfileException(
                    statement.keyword() + " names can not be blank", word.span());
        }
    }

    private static Instruction from(Statement statement) {
        FlagValues flags = FlagValues.read(statement, Map.of("platform", Kind.TEXT));
        List<Fragment> words = statement.arguments().split();
        boolean named = words.size() == 3 && words.get(1).text().equalsIgnoreCase("as");
        if (words.size() != 1 && !named) {
            throw new DockerfileException(
                    "FROM requires either one or three arguments", statement.arguments().span());
        }
        Optional<String> name = named ? Optional.of(stageName(words.get(2))) : Optional.empty();
        return new Instruction.From(
                words.getFirst().text(),
                name,
                flags.text("platform").filter(it -> !it.isEmpty()),
                statement.origin());
    }

    private static String stageName(Fragment word) {
        String name = word.text().toLowerCase(Locale.ROOT);
        if (!STAGE_NAME.matcher(name).matches()) {
            throw new DockerfileException(
                    "invalid name for build stage: \""
                            + word.text()
                            + "\", name can't start with a number or contain symbols",
                    word.span());
        }
        return name;
    }

    private static Instruction onbuild(Statement statement) {
        FlagValues.none(statement);
        if (statement.arguments().isEmpty()) {
            throw atLeastOne(statement);
        }
        Statement inner = statement.inner();
        switch (inner.keyword()) {
            case "ONBUILD" ->
                    throw new DockerfileException(
                            "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed",
                            inner.word().span());
            case "FROM", "MAINTAINER" ->
                    throw new DockerfileException(
                            inner.keyword() + " isn't allowed as an ONBUILD trigger",
                            inner.word().span());
            default -> {}
        }
        StringBuilder trigger = new StringBuilder(statement.arguments().text());
        for (Heredoc heredoc : statement.heredocs()) {
            trigger.append('\n').append(heredoc.content()).append(heredoc.name());
        }
        return new Instruction.Onbuild(trigger.toString(), typed(inner), statement.origin());
    }

    private static Instruction volume(Statement statement) {
        FlagValues.none(statement);
        Optional<List<String>> array = JsonArray.parse(statement.arguments());
        List<String> paths = array.orElseGet(() -> texts(statement.arguments().split()));
        if (paths.isEmpty()) {
            throw atLeastOne(statement);
        }
        if (paths.stream().anyMatch(String::isBlank)) {
            throw new DockerfileException("VOLUME specified can not be an empty string");
        }
        return new Instruction.Volume(
                paths.stream().map(String::strip).toList(), statement.origin());
    }

    private static List<String> words(Statement statement) {
        FlagValues.none(statement);
        List<String> words = texts(statement.arguments().split());
        if (words.isEmpty()) {
            throw atLeastOne(statement);
        }
        return words;
    }

    private static List<String> texts(List<Fragment> fragments) {
        return fragments.stream().map(Fragment::text).toList();
    }

    /** All that follows, blanks within included, is the one argument. */
    private static String whole(Statement statement) {
        FlagValues.none(statement);
        if (statement.arguments().isEmpty()) {
            throw new DockerfileException(statement.keyword() + " requires exactly one argument");
        }
        return statement.arguments().text();
    }

    static DockerfileException atLeastOne(Statement statement) {
        return new DockerfileException(statement.keyword() + " requires at least one argument");
    }
}
