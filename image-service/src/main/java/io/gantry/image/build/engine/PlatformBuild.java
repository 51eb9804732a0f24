package io.gantry.image.build.engine;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.build.stage.ResolvedStage;
import io.gantry.image.build.stage.StageGraph;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Builds a file for one platform: every stage that the target needs has a thread, which waits for
 * another stage where it needs that. The first failure ends all of them.
 */
final class PlatformBuild {

    private final BuildRun run;
    private final StageGraph graph;
    private final GlobalScope global;
    private final ResolvedStage target;
    private final String platformLabel;
    private final Map<Integer, Future<StageResult>> started = new HashMap<>();
    private final BlockingQueue<Future<StageResult>> ended = new LinkedBlockingQueue<>();
    private final ExecutorService threads = Tasks.perTask("build-stage");

    /**
     * A build.
     *
     * @param several whether the image is built for further platforms
     */
    PlatformBuild(BuildRun run, Dockerfile file, Platform platform, boolean several) {
        this.run = run;
        BuildArguments arguments = new BuildArguments(run.request().arguments());
        BuildPlatforms platforms = new BuildPlatforms(Platform.host(), platform);
        this.global = GlobalScope.of(file, arguments, platforms, run.request().target());
        this.graph = StageGraph.of(file, global, new NamedContexts(run.inputs().named().keySet()));
        this.target = graph.target(run.request().target());
        this.platformLabel = several ? platform + " " : "";
    }

    /** Builds the target. */
    StageResult run() throws IOException {
        try (threads) {
            try {
                for (ResolvedStage stage : graph.needed(target)) {
                    Future<StageResult> _ = start(stage.stage().index());
                }
                return await(start(target.stage().index()));
            } finally {
                threads.shutdownNow();
            }
        }
    }

    private StageResult await(Future<StageResult> wanted) throws IOException {
        while (!wanted.isDone()) {
            try {
                long nanos = run.deadline().remaining().toNanos();
                Future<StageResult> next = ended.poll(nanos, TimeUnit.NANOSECONDS);
                if (next == null) {
                    throw new DeadlineExceededException("deadline exceeded while building");
                }
                resultOf(next);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException("the build was interrupted", e);
            }
        }
        return resultOf(wanted);
    }

    private static StageResult resultOf(Future<StageResult> stage) throws IOException {
        try {
            return stage.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("the build was interrupted", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ServiceException it -> throw it;
                case IOException it -> throw it;
                case null, default ->
                        throw new InternalException("a stage ended with " + e.getCause(), e);
            }
        }
    }

    private synchronized Future<StageResult> start(int index) {
        return started.computeIfAbsent(index, this::submit);
    }

    private Future<StageResult> submit(int index) {
        ResolvedStage stage = graph.stages().get(index);
        Sources sources = new Sources(run, other -> resultOf(start(other)));
        StageBuild build = new StageBuild(run, graph, global, stage, sources, label(stage));
        FutureTask<StageResult> task =
                new FutureTask<>(build::run) {
                    @Override
                    protected void done() {
                        ended.add(this);
                    }
                };
        threads.execute(task);
        return task;
    }

    private String label(ResolvedStage stage) {
        List<String> parts = new ArrayList<>();
        Optional<String> name = stage.stage().from().name();
        if (name.isPresent() || graph.stages().size() > 1) {
            parts.add(stage.stage().label() + " ");
        }
        return platformLabel + String.join("", parts);
    }
}
