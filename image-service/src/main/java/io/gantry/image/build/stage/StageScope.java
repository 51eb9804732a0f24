package io.gantry.image.build.stage;

import io.gantry.image.build.dockerfile.Assignment;
import io.gantry.image.build.dockerfile.Declaration;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.InstructionExpander;
import io.gantry.image.build.dockerfile.RunMount;
import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.expand.Variables;
import io.gantry.image.build.source.DockerfileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The variables of one stage while its instructions are gone through, in order. Not safe for
 * threads.
 */
public final class StageScope {

    /** Arguments to the builder, which no command sees. */
    private static final Set<String> NOT_IN_ENVIRONMENT =
            Set.of("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE");

    private final GlobalScope global;
    private final SequencedMap<String, String> environment;

    /** By name; empty when declared, but not set. */
    private final SequencedMap<String, Optional<String>> arguments;

    private List<String> unmatched = List.of();

    private StageScope(
            GlobalScope global,
            Map<String, String> environment,
            Map<String, Optional<String>> arguments) {
        this.global = global;
        this.environment = new LinkedHashMap<>(environment);
        this.arguments = new LinkedHashMap<>(arguments);
    }

    /** A stage on an image with this environment. */
    public static StageScope onImage(GlobalScope global, Map<String, String> environment) {
        return new StageScope(global, environment, Map.of());
    }

    /** A stage on another stage has all that is set at the end of that. */
    public StageScope onTop() {
        return new StageScope(global, environment, arguments);
    }

    /**
     * Goes over an instruction: gives it the values of its variables, and lets it change them for
     * those that follow.
     *
     * @throws DockerfileException with the place
     */
    public Instruction apply(Instruction instruction) {
        InstructionExpander expander = new InstructionExpander(global.escape(), variables());
        Instruction expanded = expander.expand(instruction);
        unmatched = List.copyOf(expander.unmatched());
        switch (expanded) {
            case Instruction.Env env -> env.assignments().forEach(this::set);
            case Instruction.Arg arg -> {
                return declare(arg);
            }
            default -> {}
        }
        return expanded;
    }

    /**
     * The mounts of a RUN, with values.
     *
     * @throws DockerfileException with the place
     */
    public List<RunMount> mounts(Instruction.Run run) {
        InstructionExpander expander = new InstructionExpander(global.escape(), variables());
        List<RunMount> mounts = expander.mounts(run);
        unmatched = List.copyOf(expander.unmatched());
        return mounts;
    }

    /** Variables that the last instruction used and that are neither set nor declared. */
    public List<String> unmatched() {
        return unmatched.stream().filter(it -> !arguments.containsKey(it)).toList();
    }

    /** What goes into the image's configuration, in order. */
    public SequencedMap<String, String> environment() {
        return Collections.unmodifiableSequencedMap(environment);
    }

    /** Declared arguments that have a value, in order; what a RUN sees beside the environment. */
    public SequencedMap<String, String> arguments() {
        SequencedMap<String, String> set = new LinkedHashMap<>();
        arguments.forEach((name, value) -> value.ifPresent(it -> set.put(name, it)));
        NOT_IN_ENVIRONMENT.forEach(set::remove);
        return set;
    }

    /** What instructions see: the environment goes before arguments. */
    public Variables variables() {
        return new Variables() {
            @Override
            public Optional<String> find(String name) {
                return Optional.ofNullable(environment.get(name))
                        .or(() -> arguments.getOrDefault(name, Optional.empty()));
            }

            @Override
            public Collection<String> names() {
                List<String> names = new ArrayList<>(environment.keySet());
                names.addAll(StageScope.this.arguments().keySet());
                return names;
            }
        };
    }

    private void set(Assignment assignment) {
        environment.put(assignment.name(), assignment.value());
    }

    /** What is given goes before a default, and without both the global value is inherited. */
    private Instruction declare(Instruction.Arg arg) {
        List<Declaration> evaluated = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (Declaration each : arg.declarations()) {
            Optional<String> value =
                    global.given()
                            .find(each.name())
                            .or(() -> defaultOf(each, arg, missing))
                            .or(() -> inherited(each));
            arguments.put(each.name(), value);
            evaluated.add(new Declaration(each.name(), value));
        }
        unmatched = missing;
        return new Instruction.Arg(evaluated, arg.origin());
    }

    private Optional<String> inherited(Declaration declaration) {
        return declaration.value().isPresent()
                ? Optional.empty()
                : Optional.ofNullable(global.declared().get(declaration.name()));
    }

    private Optional<String> defaultOf(
            Declaration declaration, Instruction.Arg arg, List<String> missing) {
        try {
            return declaration
                    .value()
                    .map(it -> Expander.ofWords(global.escape()).expand(it, variables()))
                    .map(
                            it -> {
                                missing.addAll(it.unmatched());
                                return it.text();
                            });
        } catch (DockerfileException e) {
            throw arg.origin().locate(e);
        }
    }
}
