package io.gantry.image.build.engine;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.api.RunOptions.Entitlement;
import io.gantry.image.build.config.ConfigDraft;
import io.gantry.image.build.config.CreatedBy;
import io.gantry.image.build.dockerfile.CommandForm;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.RunMount;
import io.gantry.image.build.dockerfile.Transfer;
import io.gantry.image.build.engine.Sources.Place;
import io.gantry.image.build.engine.StepStore.Outcome;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.Source;
import io.gantry.image.build.stage.StageScope;
import io.gantry.image.build.syntax.Heredoc;
import io.gantry.image.build.tree.Accounts;
import io.gantry.image.build.tree.LayerDraft;
import io.gantry.image.build.tree.Making;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.content.Digest;
import io.gantry.linux.spec.Process.User;
import io.gantry.linux.syscall.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A stage while its instructions are executed: what each does to files. Used by one thread. */
final class StageWork {

    private final BuildRun run;
    private final Sources sources;
    private final SourceOf sourceOf;
    private final ConfigDraft config;
    private final StageScope scope;
    private final StageResult base;
    private final ConfigSteps configSteps;
    private final boolean cached;
    private Stack stack;

    /** Finds where an instruction takes files from. */
    @FunctionalInterface
    interface SourceOf {
        /**
         * The source of a name in it.
         *
         * @param which of them, in order
         */
        Optional<Source> find(Instruction instruction, int which);
    }

    /** Shows that an instruction is being executed. */
    @FunctionalInterface
    interface Show {
        Vertex start();
    }

    StageWork(BuildRun run, Sources sources, SourceOf sourceOf, StageResult base, boolean cached) {
        this.run = run;
        this.sources = sources;
        this.sourceOf = sourceOf;
        this.base = base;
        this.config = base.config();
        this.scope = base.scope();
        this.stack = base.stack();
        this.cached = cached;
        this.configSteps = new ConfigSteps(config, run.date());
    }

    StageResult result() {
        return new StageResult(stack, config, scope, base.platform(), configSteps.isCommandSet());
    }

    /** Executes an instruction. */
    void apply(Instruction instruction, Show show) throws IOException {
        Instruction expanded = scope.apply(instruction);
        switch (expanded) {
            case Instruction.Run it -> shown(show, vertex -> command(it, vertex));
            case Instruction.Copy it ->
                    shown(show, v -> copy(it, it.transfer(), it.parents(), from(it, v).of(it)));
            case Instruction.Add it ->
                    shown(show, v -> copy(it, it.transfer(), false, from(it, v).of(it)));
            case Instruction.Workdir it -> shown(show, _ -> workdir(it));
            case Instruction.Env it -> {
                config.replaceEnvironment(scope.environment());
                configSteps.apply(it);
            }
            default -> configSteps.apply(expanded);
        }
    }

    /** Executes something that is shown; true: its result was there. */
    @FunctionalInterface
    private interface Shown {
        boolean run(Vertex vertex) throws IOException;
    }

    private void shown(Show show, Shown work) throws IOException {
        Vertex vertex = show.start();
        try {
            if (work.run(vertex)) {
                vertex.cached();
            }
            vertex.completed();
        } catch (CancelledException e) {
            vertex.canceled();
            throw e;
        } catch (ServiceException | IOException e) {
            vertex.failed(
                    String.valueOf(e.getMessage()),
                    e instanceof BuildFailedException it ? it.excerpt() : "");
            throw e;
        }
    }

    private AddSources from(Instruction instruction, Vertex vertex) throws IOException {
        Place local = sources.place(sourceOf.find(instruction, 0), base.platform());
        return new AddSources(new RemoteLayers(run, cached), local, vertex);
    }

    private boolean copy(
            Instruction instruction, Transfer transfer, boolean parents, List<CopyStep.Part> parts)
            throws IOException {
        CopyStep.Order order =
                new CopyStep.Order(
                        instruction.keyword(),
                        transfer,
                        parts,
                        parents,
                        config.workingDirectory(),
                        stack,
                        cached);
        Outcome outcome = new CopyStep(run, sources, order).execute();
        took(outcome, CreatedBy.transfer(instruction.keyword(), transfer));
        return outcome.cached();
    }

    private void took(Outcome outcome, String createdBy) {
        stack = stack.plus(outcome.layer());
        config.step(createdBy, true, run.created(outcome));
    }

    private boolean workdir(Instruction.Workdir instruction) throws IOException {
        String path = instruction.path();
        String joined = path.startsWith("/") ? path : config.workingDirectory() + "/" + path;
        String clean = "/" + Paths.clean(joined);
        config.put("WorkingDir", clean);
        if (clean.equals("/")) {
            config.step("WORKDIR " + clean, false, run.date());
            return true;
        }
        User user = owner();
        Making making = new Making(0755, user.uid(), user.gid(), run.time());
        StepKey key =
                new StepKey(stack.identity(), "workdir")
                        .add(clean)
                        .add(user.uid() + ":" + user.gid())
                        .add(run.dating())
                        .add(run.clamp());
        Digest done = key.done();
        List<Digest> below = stack.layers();
        Outcome outcome =
                run.steps()
                        .get(
                                new StepStore.Wanted(done, () -> done, "WORKDIR " + clean, cached),
                                layer ->
                                        new FileStep(run)
                                                .make(
                                                        layer,
                                                        below,
                                                        draft -> make(draft, clean, making)),
                                run.deadline());
        took(outcome, "WORKDIR " + clean);
        return outcome.cached();
    }

    /** What is there already is not touched, and so is in no layer. */
    private static void make(LayerDraft draft, String directory, Making making) throws IOException {
        String path = draft.locate(Paths.ofText(directory));
        if (!draft.status(path).map(FileStatus::isDirectory).orElse(false)) {
            draft.directory(path, making);
        }
    }

    /** Where nobody has a name yet, files are root's. */
    private User owner() throws IOException {
        Accounts accounts = accounts();
        return accounts.user(accounts.isEmpty() && !isNumbers(config.user()) ? "" : config.user());
    }

    private static boolean isNumbers(String user) {
        return user.chars().allMatch(c -> c == ':' || (c >= '0' && c <= '9'));
    }

    private Accounts accounts() throws IOException {
        return Accounts.of(run.tools().snapshotter().stack(stack.layers()));
    }

    private boolean command(Instruction.Run instruction, Vertex vertex) throws IOException {
        checkEntitled(instruction);
        Executable.check(base.platform());
        Optional<Heredoc> script =
                instruction.command() instanceof CommandForm.Shell shell
                        ? shell.executable()
                        : Optional.empty();
        List<String> args =
                script.isPresent()
                        ? List.of(RunStep.SCRIPT)
                        : configSteps.words(instruction.command());
        if (args.isEmpty()) {
            throw new FailedPreconditionException("RUN has no command");
        }
        Accounts accounts = accounts();
        User user = accounts.user(config.user());
        Map<String, String> env = new LinkedHashMap<>(scope.arguments());
        env.putAll(scope.environment());
        RunStep.Order order =
                new RunStep.Order(
                        instruction,
                        args,
                        env,
                        global(),
                        config.workingDirectory(),
                        user,
                        accounts.home(user.uid()),
                        script.map(it -> Content.of(it.body())),
                        stack,
                        cached);
        Outcome outcome = new RunStep(run, order, mounts(instruction), vertex).execute();
        took(outcome, CreatedBy.run(scope.arguments(), args));
        return outcome.cached();
    }

    private Map<String, String> global() {
        return new BuildArguments(run.request().arguments()).proxies();
    }

    private RunMounts mounts(Instruction.Run instruction) throws IOException {
        List<RunMounts.Mount> mounts = new ArrayList<>();
        int named = 0;
        List<RunMount> resolved = scope.mounts(instruction);
        for (int i = 0; i < resolved.size(); i++) {
            boolean hasFrom = instruction.mounts().get(i).from().isPresent();
            Optional<Source> source =
                    hasFrom ? sourceOf.find(instruction, named++) : Optional.empty();
            boolean needsPlace = hasFrom || resolved.get(i) instanceof RunMount.Bind;
            Optional<Place> place =
                    needsPlace
                            ? Optional.of(sources.place(source, base.platform()))
                            : Optional.empty();
            mounts.add(new RunMounts.Mount(resolved.get(i), place));
        }
        String namespace = run.request().arguments().getOrDefault("BUILDKIT_CACHE_MOUNT_NS", "");
        return new RunMounts(
                run,
                sources,
                mounts,
                config.workingDirectory(),
                namespace.isEmpty() ? "" : namespace + "/");
    }

    private void checkEntitled(Instruction.Run instruction) {
        if (instruction.network() == Instruction.Network.HOST) {
            require(Entitlement.NETWORK_HOST, "network.host");
        }
        if (instruction.security() == Instruction.Security.INSECURE) {
            require(Entitlement.SECURITY_INSECURE, "security.insecure");
        }
        if (!instruction.devices().isEmpty()) {
            require(Entitlement.DEVICE, "device");
        }
    }

    private void require(Entitlement entitlement, String name) {
        if (!run.request().run().entitlements().contains(entitlement)) {
            throw new PermissionDeniedException("entitlement " + name + " is not allowed");
        }
    }
}
