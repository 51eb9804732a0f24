package io.gantry.image.build.check;

import io.gantry.image.build.dockerfile.Assignment;
import io.gantry.image.build.dockerfile.CommandForm;
import io.gantry.image.build.dockerfile.Declaration;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.PortRange;
import io.gantry.image.build.dockerfile.Transfer;
import io.gantry.image.build.ignore.CleanPath;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.build.stage.ResolvedStage;
import io.gantry.image.build.stage.Source;
import io.gantry.image.build.stage.StageGraph;
import io.gantry.image.build.stage.StageScope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Checks of what instructions say, with the values of variables: goes through all stages. */
final class StageChecks {

    /** What every stage has unless its image says otherwise. */
    private static final Map<String, String> DEFAULT_ENVIRONMENT =
            Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    private static final Pattern SECRET =
            Pattern.compile(
                    "(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)"
                            + "(?:_|$)",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern NO_SECRET =
            Pattern.compile("(?:_|^)(?:public|file|version)(?:_|$)", Pattern.CASE_INSENSITIVE);

    private final StageGraph graph;
    private final GlobalScope global;
    private final CheckContext context;
    private final Findings findings;
    private final List<State> ends = new ArrayList<>();

    StageChecks(StageGraph graph, GlobalScope global, CheckContext context, Findings findings) {
        this.graph = graph;
        this.global = global;
        this.context = context;
        this.findings = findings;
    }

    /** What changes within a stage. */
    private static final class State {
        final StageScope scope;
        final boolean environmentKnown;
        boolean hasShell;
        boolean hasWorkdir;
        final Map<Class<?>, Instruction> once = new HashMap<>();

        State(StageScope scope, boolean environmentKnown, boolean hasShell, boolean hasWorkdir) {
            this.scope = scope;
            this.environmentKnown = environmentKnown;
            this.hasShell = hasShell;
            this.hasWorkdir = hasWorkdir;
        }
    }

    void run() {
        for (ResolvedStage stage : graph.stages()) {
            State state = begin(stage);
            stage.instructions().forEach(it -> instruction(it, state));
            ends.add(state);
        }
    }

    private State begin(ResolvedStage stage) {
        return switch (stage.base()) {
            case Source.OfStage it -> {
                State below = ends.get(it.index());
                yield new State(
                        below.scope.onTop(),
                        below.environmentKnown,
                        below.hasShell,
                        below.hasWorkdir);
            }
            case Source.Scratch _ ->
                    new State(StageScope.onImage(global, DEFAULT_ENVIRONMENT), true, false, false);
            case Source.OfContext it -> onImage(stage, it);
            case Source.OfImage it -> onImage(stage, it);
        };
    }

    private State onImage(ResolvedStage stage, Source source) {
        Optional<BaseImage> image = context.images().find(source, stage.platform());
        Map<String, String> environment = new HashMap<>(DEFAULT_ENVIRONMENT);
        image.ifPresent(it -> environment.putAll(it.environment()));
        image.ifPresent(it -> platform(stage, it));
        return new State(
                StageScope.onImage(global, environment),
                image.isPresent(),
                image.map(BaseImage::hasShell).orElse(false),
                false);
    }

    private void platform(ResolvedStage stage, BaseImage image) {
        boolean same =
                image.platform().os().equals(stage.platform().os())
                        && image.platform().architecture().equals(stage.platform().architecture());
        if (!same) {
            findings.add(
                    Check.INVALID_BASE_IMAGE_PLATFORM,
                    stage.stage().from().origin(),
                    "base image %s is for platform \"%s\", expected \"%s\""
                            .formatted(
                                    stage.stage().from().base(),
                                    image.platform(),
                                    stage.platform()));
        }
    }

    private void instruction(Instruction written, State state) {
        Instruction instruction = state.scope.apply(written);
        undefined(instruction, state);
        if (instruction instanceof Instruction.Run run) {
            state.scope.mounts(run);
            undefined(run, state);
        }
        switch (instruction) {
            case Instruction.Env it -> assignments(it, it.assignments());
            case Instruction.Label it -> legacy(it, it.assignments());
            case Instruction.Arg it ->
                    it.declarations().stream()
                            .map(Declaration::name)
                            .forEach(name -> secret(it, name));
            case Instruction.Cmd it -> command(it, Optional.of(it.command()), state);
            case Instruction.Entrypoint it -> command(it, it.command(), state);
            case Instruction.Healthcheck it -> once(it, state);
            case Instruction.Shell _ -> state.hasShell = true;
            case Instruction.Workdir it -> workdir(it, state);
            case Instruction.Expose it -> it.ports().forEach(port -> port(it, port));
            case Instruction.Add it -> ignored(it, it.transfer());
            case Instruction.Copy it when it.from().isEmpty() -> ignored(it, it.transfer());
            default -> {}
        }
    }

    private void undefined(Instruction instruction, State state) {
        if (!state.environmentKnown) {
            return;
        }
        for (String name : state.scope.unmatched()) {
            Optional<String> near = Suggestion.nearest(name, state.scope.variables().names());
            findings.add(
                    Check.UNDEFINED_VAR,
                    instruction.origin(),
                    "usage of undefined variable '$%s'%s"
                            .formatted(
                                    name,
                                    near.map(it -> " (did you mean $" + it + "?)").orElse("")));
        }
    }

    private void assignments(Instruction.Env env, List<Assignment> assignments) {
        legacy(env, assignments);
        assignments.forEach(it -> secret(env, it.name()));
    }

    private void legacy(Instruction instruction, List<Assignment> assignments) {
        if (assignments.stream().anyMatch(Assignment::legacy)) {
            findings.add(
                    Check.LEGACY_KEY_VALUE_FORMAT,
                    instruction.origin(),
                    "\"%1$s key=value\" should be used instead of legacy \"%1$s key value\""
                            .formatted(instruction.keyword()));
        }
    }

    private void secret(Instruction instruction, String name) {
        if (SECRET.matcher(name).find() && !NO_SECRET.matcher(name).find()) {
            findings.add(
                    Check.SECRETS_USED_IN_ARG_OR_ENV,
                    instruction.origin(),
                    "do not use ARG or ENV instructions for sensitive data (%s \"%s\")"
                            .formatted(instruction.keyword(), name));
        }
    }

    private void command(Instruction instruction, Optional<CommandForm> command, State state) {
        once(instruction, state);
        boolean shellForm = command.filter(it -> it instanceof CommandForm.Shell).isPresent();
        if (shellForm && !state.hasShell) {
            findings.add(
                    Check.JSON_ARGS_RECOMMENDED,
                    instruction.origin(),
                    "JSON arguments recommended for "
                            + instruction.keyword()
                            + ": in shell form it does not receive signals");
        }
    }

    /** The one that has no effect is told. */
    private void once(Instruction instruction, State state) {
        Instruction before = state.once.put(instruction.getClass(), instruction);
        if (before != null) {
            findings.add(
                    Check.MULTIPLE_INSTRUCTIONS_DISALLOWED,
                    before.origin(),
                    "multiple "
                            + instruction.keyword()
                            + " instructions in one stage: only the last one is used");
        }
    }

    private void workdir(Instruction.Workdir workdir, State state) {
        if (!state.hasWorkdir && !workdir.path().startsWith("/")) {
            findings.add(
                    Check.WORKDIR_RELATIVE_PATH,
                    workdir.origin(),
                    "relative workdir \"%s\" depends on the base image".formatted(workdir.path()));
        }
        state.hasWorkdir = true;
    }

    private void port(Instruction.Expose expose, String text) {
        PortRange range = PortRange.parse(text);
        if (!range.protocol().equals(range.protocol().toLowerCase(Locale.ROOT))) {
            findings.add(
                    Check.EXPOSE_PROTO_CASING,
                    expose.origin(),
                    "protocol of '" + text + "' should be lowercase");
        }
        if (range.published()) {
            findings.add(
                    Check.EXPOSE_INVALID_FORMAT,
                    expose.origin(),
                    "EXPOSE takes no IP address and no host port, found '" + text + "'");
        }
    }

    /** With exceptions in the rules, a directory that is ignored may have files that are not. */
    private void ignored(Instruction instruction, Transfer transfer) {
        if (context.ignored().hasExceptions()) {
            return;
        }
        for (String source : transfer.sources()) {
            String path = CleanPath.of(source);
            String relative = path.startsWith("/") ? path.substring(1) : path;
            boolean root = relative.isEmpty() || relative.equals(".");
            boolean ignored =
                    root
                            ? context.ignored().ignoresEverything()
                            : context.ignored().ignores(relative);
            if (ignored && !source.contains("://")) {
                findings.add(
                        Check.COPY_IGNORED_FILE,
                        instruction.origin(),
                        "%s of \"%s\", which the ignore file leaves out of the context"
                                .formatted(instruction.keyword(), source));
            }
        }
    }
}
