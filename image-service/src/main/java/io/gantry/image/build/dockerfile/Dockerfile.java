package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.SourceText;
import io.gantry.image.build.syntax.Directives;
import io.gantry.image.build.syntax.Statement;
import io.gantry.image.build.syntax.StatementReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A Dockerfile that was understood.
 *
 * @param globalArguments before the first stage
 * @param stages in order; at least one
 */
public record Dockerfile(
        SourceText source,
        Directives directives,
        List<Instruction.Arg> globalArguments,
        List<Stage> stages) {

    private static final String BYTE_ORDER_MARK = "\ufeff";

    public Dockerfile {
        globalArguments = List.copyOf(globalArguments);
        stages = List.copyOf(stages);
    }

    /**
     * Reads a Dockerfile.
     *
     * @param name as the user names the file, for messages
     * @throws DockerfileException with the place of the first fault
     */
    public static Dockerfile parse(String name, String text) {
        return parse(name, text, Optional.empty());
    }

    /**
     * Reads a Dockerfile for a build.
     *
     * @param name as the user names the file, for messages
     * @param frontend that the build asks for in place of what the file asks for
     * @throws DockerfileException with the place of the first fault
     */
    public static Dockerfile parse(String name, String text, Optional<String> frontend) {
        String bare = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        SourceText source = SourceText.of(name, bare);
        if (bare.isEmpty()) {
            throw nothing("the Dockerfile cannot be empty", source);
        }
        Directives directives = Directives.read(source);
        Frontend.check(directives, source, frontend);
        List<Statement> statements = StatementReader.read(source, directives);
        if (statements.isEmpty()) {
            throw nothing("file with no instructions", source);
        }
        return assemble(source, directives, statements);
    }

    /**
     * Reads the instruction that an image's ONBUILD triggers.
     *
     * @param image for messages
     * @throws DockerfileException when it is not exactly one that may be there
     */
    public static Instruction parseTrigger(String image, String trigger) {
        SourceText source = SourceText.of("ONBUILD of " + image, trigger);
        List<Statement> statements = StatementReader.read(source, Directives.read(source));
        if (statements.size() != 1) {
            throw nothing("onbuild trigger should be a single expression", source);
        }
        Instruction instruction = InstructionReader.read(statements.getFirst());
        if (instruction instanceof Instruction.From) {
            throw nothing("FROM isn't allowed as an ONBUILD trigger", source);
        }
        return instruction;
    }

    private static Dockerfile assemble(
            SourceText source, Directives directives, List<Statement> statements) {
        List<Instruction.Arg> global = new ArrayList<>();
        List<Stage> stages = new ArrayList<>();
        List<Instruction> current = new ArrayList<>();
        Instruction.From from = null;
        for (Statement statement : statements) {
            Instruction instruction = InstructionReader.read(statement);
            if (instruction instanceof Instruction.From next) {
                if (from != null) {
                    stages.add(new Stage(stages.size(), from, current));
                    current.clear();
                }
                from = next;
            } else if (from != null) {
                current.add(instruction);
            } else if (instruction instanceof Instruction.Arg arg) {
                global.add(arg);
            } else {
                throw statement
                        .origin()
                        .locate(
                                new DockerfileException(
                                        "no build stage in current context: "
                                                + instruction.keyword()
                                                + " before the first FROM"));
            }
        }
        if (from == null) {
            throw nothing("dockerfile contains no stages to build", source);
        }
        stages.add(new Stage(stages.size(), from, current));
        return new Dockerfile(source, directives, global, stages);
    }

    private static DockerfileException nothing(String reason, SourceText source) {
        return new DockerfileException(reason).at(source.place(1, 1), source);
    }
}
