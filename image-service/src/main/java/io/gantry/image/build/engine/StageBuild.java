package io.gantry.image.build.engine;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.config.ConfigDraft;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.Transfer;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.build.stage.ResolvedStage;
import io.gantry.image.build.stage.Source;
import io.gantry.image.build.stage.StageGraph;
import io.gantry.image.build.stage.StageScope;
import io.gantry.image.build.syntax.Statement.Origin;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Executes a stage, instruction by instruction. Used by one thread, once. */
final class StageBuild {

    private final BuildRun run;
    private final StageGraph graph;
    private final GlobalScope global;
    private final ResolvedStage stage;
    private final Sources sources;
    private final String label;

    /**
     * A stage of a build.
     *
     * @param label as progress has it, with a blank behind it, or empty
     */
    StageBuild(
            BuildRun run,
            StageGraph graph,
            GlobalScope global,
            ResolvedStage stage,
            Sources sources,
            String label) {
        this.run = run;
        this.graph = graph;
        this.global = global;
        this.stage = stage;
        this.sources = sources;
        this.label = label;
    }

    /** What the stage begins with, and what that triggers. */
    private record Base(StageResult result, List<Instruction> triggers) {}

    StageResult run() throws IOException {
        Source source = stage.base();
        if (source instanceof Source.OfStage it) {
            StageResult below = sources.stage(it.index());
            StageResult result =
                    new StageResult(
                            below.stack(),
                            below.config().onTop(),
                            below.scope().onTop(),
                            stage.platform(),
                            false);
            return instructions(result, stage.instructions(), false, null);
        }
        Origin origin = stage.stage().from().origin();
        boolean scratch = source instanceof Source.Scratch;
        Base base;
        List<Instruction> all = new ArrayList<>();
        StageSteps steps;
        if (scratch) {
            base = scratch();
            all.addAll(stage.instructions());
            steps = new StageSteps(run.vertices(), label, false, all);
        } else {
            base = within(origin, () -> base(source));
            all.addAll(base.triggers);
            all.addAll(stage.instructions());
            steps = new StageSteps(run.vertices(), label, true, all);
            Vertex vertex = steps.start(origin.text(), origin.place());
            vertex.cached();
            vertex.completed();
        }
        return instructions(base.result, all, !scratch, steps);
    }

    private StageResult instructions(
            StageResult base,
            List<Instruction> instructions,
            boolean shown,
            @Nullable StageSteps numbered)
            throws IOException {
        StageSteps steps =
                numbered != null
                        ? numbered
                        : new StageSteps(run.vertices(), label, shown, instructions);
        StageWork work = new StageWork(run, sources, this::source, base, cached());
        for (Instruction each : instructions) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancelledException("the build was interrupted");
            }
            run.deadline().check("building");
            Origin origin = each.origin();
            within(
                    origin,
                    () -> {
                        work.apply(each, () -> steps.start(origin.text(), origin.place()));
                        return true;
                    });
        }
        return work.result();
    }

    private boolean cached() {
        BuildCacheChoice choice = new BuildCacheChoice(run.request().cache());
        return choice.uses(stage.stage());
    }

    private Optional<Source> source(Instruction instruction, int which) {
        List<Source> all = graph.sources(stage, instruction);
        return which < all.size() ? Optional.of(all.get(which)) : Optional.empty();
    }

    private Base scratch() {
        ConfigDraft config = ConfigDraft.scratch(stage.platform());
        StageScope scope = StageScope.onImage(global, config.environment());
        return new Base(
                new StageResult(Stack.EMPTY, config, scope, stage.platform(), false), List.of());
    }

    private Base base(Source source) throws IOException {
        return switch (source) {
            case Source.OfImage it -> image(it.reference(), stage.platform());
            case Source.OfContext it ->
                    switch (sources.context(it.name())) {
                        case NamedContext.OfImage image ->
                                image(image.reference(), stage.platform());
                        case NamedContext.Layout layout ->
                                image(
                                        sources.image(layout, stage.platform()),
                                        it.name(),
                                        stage.platform());
                        case NamedContext.Scratch _ -> scratch();
                        case NamedContext.Files files ->
                                files(new Sources.Place.InContext(files.files()));
                        case NamedContext.Remote remote ->
                                files(new Sources.Place.InLayers(run.remotes().tree(run, remote)));
                    };
            case Source.OfStage _, Source.Scratch _ -> scratch();
        };
    }

    private Base image(ImageReference reference, Platform platform) throws IOException {
        return image(sources.image(reference, platform), reference.toString(), platform);
    }

    /**
     * A stage on an image.
     *
     * @param name of it, for messages
     */
    private Base image(BaseImages.Base image, String name, Platform platform) {
        byte[] bytes = image.config().bytes();
        ConfigDraft config = ConfigDraft.onImage(bytes);
        List<Instruction> triggers = new ArrayList<>();
        for (String trigger : ConfigDraft.triggers(bytes)) {
            triggers.add(Dockerfile.parseTrigger(name, trigger));
        }
        StageScope scope = StageScope.onImage(global, config.environment());
        return new Base(new StageResult(Stack.of(image), config, scope, platform, false), triggers);
    }

    /** A directory as a root file system. */
    private Base files(Sources.Place from) throws IOException {
        Base base = scratch();
        Transfer everything =
                new Transfer(
                        List.of("/"),
                        List.of(),
                        "/",
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        List.of());
        CopyStep.Order order =
                new CopyStep.Order(
                        "COPY",
                        everything,
                        List.of(new CopyStep.Part(from, everything.sources(), false)),
                        false,
                        "/",
                        Stack.EMPTY,
                        cached());
        StageResult on = base.result;
        StepStore.Outcome outcome = new CopyStep(run, sources, order).execute();
        Stack stack = Stack.EMPTY.plus(outcome.layer());
        on.config().step("COPY / / # buildkit", true, run.created(outcome));
        return new Base(
                new StageResult(stack, on.config(), on.scope(), on.platform(), false), List.of());
    }

    /** Work of an instruction. */
    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    /** Gives failures the place of their instruction. */
    private static <T> T within(Origin origin, Work<T> work) throws IOException {
        try {
            return work.run();
        } catch (DockerfileException e) {
            throw e.place().isPresent() ? e : origin.locate(e);
        } catch (BuildFailedException | CancelledException | DeadlineExceededException e) {
            throw e;
        } catch (FailedPreconditionException | NotFoundException e) {
            ServiceException cause = e;
            throw new BuildFailedException(
                    String.valueOf(cause.getMessage()),
                    origin.place(),
                    origin.source().excerpt(origin.place()),
                    cause);
        }
    }
}
