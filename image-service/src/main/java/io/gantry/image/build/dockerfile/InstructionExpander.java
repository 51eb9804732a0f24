package io.gantry.image.build.dockerfile;

import io.gantry.image.build.dockerfile.Transfer.Document;
import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.expand.Expansion;
import io.gantry.image.build.expand.Variables;
import io.gantry.image.build.source.DockerfileException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/**
 * Gives one instruction the values of its variables. All of it sees those from before it. RUN, CMD,
 * ENTRYPOINT, SHELL and HEALTHCHECK leave their texts to the shell; ARG is the scope's affair, as a
 * default that is not needed is not expanded, and ONBUILD is expanded when it triggers.
 */
public final class InstructionExpander {

    private final Expander words;
    private final Variables variables;
    private final SequencedSet<String> unmatched = new LinkedHashSet<>();

    /**
     * @param escape of the file
     */
    public InstructionExpander(char escape, Variables variables) {
        this.words = Expander.ofWords(escape);
        this.variables = variables;
    }

    /** The variables that were asked for and are not set, so far. */
    public SequencedSet<String> unmatched() {
        return unmatched;
    }

    /**
     * A copy with values; the mounts of a RUN are {@linkplain #mounts asked for} by themselves.
     *
     * @throws DockerfileException with the place
     */
    public Instruction expand(Instruction instruction) {
        try {
            return expanded(instruction);
        } catch (DockerfileException e) {
            throw instruction.origin().locate(e);
        }
    }

    /**
     * The mounts of a RUN, in order.
     *
     * @throws DockerfileException with the place
     */
    public List<RunMount> mounts(Instruction.Run run) {
        try {
            return run.mounts().stream().map(it -> it.resolve(this::word)).toList();
        } catch (DockerfileException e) {
            throw run.origin().locate(e);
        }
    }

    private Instruction expanded(Instruction instruction) {
        return switch (instruction) {
            case Instruction.Add it ->
                    new Instruction.Add(
                            transfer(it.transfer()),
                            it.keepGitDir(),
                            it.checksum().map(this::word),
                            it.unpack(),
                            it.origin());
            case Instruction.Copy it ->
                    new Instruction.Copy(
                            transfer(it.transfer()), it.from(), it.parents(), it.origin());
            case Instruction.Env it ->
                    new Instruction.Env(assignments(it.assignments()), it.origin());
            case Instruction.Expose it -> new Instruction.Expose(ports(it), it.origin());
            case Instruction.Label it ->
                    new Instruction.Label(assignments(it.assignments()), it.origin());
            case Instruction.Stopsignal it -> new Instruction.Stopsignal(signal(it), it.origin());
            case Instruction.User it -> new Instruction.User(word(it.user()), it.origin());
            case Instruction.Volume it ->
                    new Instruction.Volume(
                            it.paths().stream().map(this::word).toList(), it.origin());
            case Instruction.Workdir it -> new Instruction.Workdir(word(it.path()), it.origin());
            case Instruction.Arg it -> it;
            case Instruction.Cmd it -> it;
            case Instruction.Entrypoint it -> it;
            case Instruction.From it -> it;
            case Instruction.Healthcheck it -> it;
            case Instruction.Maintainer it -> it;
            case Instruction.Onbuild it -> it;
            case Instruction.Run it -> it;
            case Instruction.Shell it -> it;
        };
    }

    private List<String> ports(Instruction.Expose expose) {
        List<String> ports =
                expose.ports().stream()
                        .flatMap(it -> note(words.expand(it, variables)).words().stream())
                        .toList();
        ports.forEach(PortRange::parse);
        return ports;
    }

    private String signal(Instruction.Stopsignal instruction) {
        String signal = word(instruction.signal());
        StopSignals.check(signal);
        return signal;
    }

    private Transfer transfer(Transfer it) {
        Optional<String> chmod = it.chmod().map(this::word).filter(mode -> !mode.isEmpty());
        chmod.ifPresent(FileModes::parse);
        return new Transfer(
                it.sources().stream().map(this::word).toList(),
                it.documents().stream().map(this::document).toList(),
                word(it.destination()),
                it.chown().map(this::word).filter(owner -> !owner.isEmpty()),
                chmod,
                it.link(),
                it.excludes());
    }

    private Document document(Document it) {
        if (!it.expands()) {
            return it;
        }
        Expansion body = note(Expander.ofBodies().expand(it.content(), variables));
        return new Document(it.name(), body.text(), false);
    }

    private List<Assignment> assignments(List<Assignment> assignments) {
        return assignments.stream()
                .map(it -> new Assignment(word(it.name()), word(it.value()), it.legacy()))
                .toList();
    }

    private String word(String word) {
        return note(words.expand(word, variables)).text();
    }

    private Expansion note(Expansion expansion) {
        unmatched.addAll(expansion.unmatched());
        return expansion;
    }
}
