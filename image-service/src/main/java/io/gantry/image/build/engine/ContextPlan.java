package io.gantry.image.build.engine;

import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.CacheFrom;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.RunMount;
import io.gantry.image.build.dockerfile.Transfer;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.remote.RemoteSource;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.build.stage.NamedContexts;
import io.gantry.image.build.stage.ResolvedStage;
import io.gantry.image.build.stage.Source;
import io.gantry.image.build.stage.StageGraph;
import io.gantry.image.build.stage.StageScope;
import io.gantry.image.build.tree.ContextTree;
import io.gantry.image.build.tree.CopiedFiles;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.Selector;
import io.gantry.image.manifest.Platform;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What of its contexts a file copies and mounts, by itself: what its base images say is not known
 * yet. Not safe for threads while it is made.
 */
final class ContextPlan implements ContextNeeds {

    /** The build's own context. */
    private static final String OWN = "";

    private final Syscalls kernel;
    private final Map<String, List<Want>> wants = new HashMap<>();
    private final Set<String> whole = new HashSet<>();

    private ContextPlan(Syscalls kernel) {
        this.kernel = kernel;
    }

    /**
     * Sources of one instruction.
     *
     * @param parents as COPY's {@code --parents}
     */
    private record Want(List<String> sources, boolean parents, List<String> excludes) {

        boolean isEverything() {
            return excludes.isEmpty()
                    && sources.stream().anyMatch(it -> Paths.clean(Paths.ofText(it)).isEmpty());
        }
    }

    /**
     * The plan of a build.
     *
     * @param names of the additional contexts
     */
    static ContextNeeds of(BuildRequest request, Set<String> names, Syscalls kernel) {
        if (request.file().text().isEmpty()) {
            // It is elsewhere.
            return EVERYTHING;
        }
        ContextPlan plan = new ContextPlan(kernel);
        for (CacheFrom each : request.cache().from()) {
            if (each instanceof CacheFrom.Directory it) {
                plan.whole.add(it.context());
            }
        }
        try {
            Dockerfile file = BuildEngine.parse(request.file(), request);
            for (Platform platform : BuildEngine.platforms(request)) {
                GlobalScope global =
                        GlobalScope.of(
                                file,
                                new BuildArguments(request.arguments()),
                                new BuildPlatforms(Platform.host(), platform),
                                request.target());
                StageGraph graph = StageGraph.of(file, global, new NamedContexts(names));
                if (!plan.addAll(graph, global, graph.needed(graph.target(request.target())))) {
                    return EVERYTHING;
                }
            }
        } catch (DockerfileException e) {
            // Of which the build dies, too.
            return NOTHING;
        }
        return plan;
    }

    /** Takes in what stages need; false: a base image may set what a variable lacks here. */
    private boolean addAll(StageGraph graph, GlobalScope global, List<ResolvedStage> stages) {
        Map<Integer, StageScope> scopes = new HashMap<>();
        for (ResolvedStage stage : stages) {
            StageScope scope =
                    stage.base() instanceof Source.OfStage below
                            ? Objects.requireNonNull(scopes.get(below.index())).onTop()
                            : StageScope.onImage(global, Map.of());
            if (stage.base() instanceof Source.OfContext context) {
                whole.add(context.name());
            }
            for (Instruction each : stage.instructions()) {
                List<Source> from = graph.sources(stage, each);
                try {
                    add(each, scope, from);
                } catch (ServiceException e) {
                    return false;
                }
            }
            scopes.put(stage.stage().index(), scope);
        }
        return true;
    }

    private void add(Instruction instruction, StageScope scope, List<Source> from) {
        Instruction expanded = scope.apply(instruction);
        boolean isKnown = scope.unmatched().isEmpty();
        switch (expanded) {
            case Instruction.Copy it -> add(it.transfer(), it.parents(), from, isKnown);
            case Instruction.Add it -> add(it.transfer(), false, from, isKnown);
            case Instruction.Run it -> add(it, scope, from);
            default -> {
                // Takes no files.
            }
        }
    }

    private void add(Transfer transfer, boolean parents, List<Source> from, boolean isKnown) {
        List<String> paths = transfer.sources().stream().filter(it -> !isElsewhere(it)).toList();
        Want want = new Want(paths, parents, transfer.excludes());
        add(
                context(from.isEmpty() ? Optional.empty() : Optional.of(from.getFirst())),
                want,
                isKnown);
    }

    private void add(Instruction.Run run, StageScope scope, List<Source> from) {
        List<RunMount> mounts = scope.mounts(run);
        boolean isKnown = scope.unmatched().isEmpty();
        int named = 0;
        for (int i = 0; i < mounts.size(); i++) {
            boolean hasFrom = run.mounts().get(i).from().isPresent();
            Optional<Source> source = hasFrom ? Optional.of(from.get(named++)) : Optional.empty();
            switch (mounts.get(i)) {
                case RunMount.Bind it ->
                        add(
                                context(source),
                                new Want(List.of(it.source()), false, List.of()),
                                isKnown);
                case RunMount.Cache it when hasFrom ->
                        add(
                                context(source),
                                new Want(List.of(it.source()), false, List.of()),
                                isKnown);
                default -> {
                    // Of no context.
                }
            }
        }
    }

    private void add(Optional<String> context, Want want, boolean isKnown) {
        if (context.isEmpty() || want.sources.isEmpty()) {
            return;
        }
        if (isKnown && !want.isEverything()) {
            wants.computeIfAbsent(context.get(), _ -> new ArrayList<>()).add(want);
        } else {
            whole.add(context.get());
        }
    }

    /** The context that a source is; empty when it is none. */
    private static Optional<String> context(Optional<Source> source) {
        return source.isEmpty()
                ? Optional.of(OWN)
                : source.filter(it -> it instanceof Source.OfContext)
                        .map(it -> ((Source.OfContext) it).name());
    }

    private static boolean isElsewhere(String source) {
        return RemoteSource.parse(source).isPresent();
    }

    @Override
    public Predicate<String> of(
            String context, Supplier<SortedMap<String, BuildContext.Entry>> entries) {
        if (whole.contains(context)) {
            return _ -> true;
        }
        List<Want> wanted = wants.getOrDefault(context, List.of());
        if (wanted.isEmpty()) {
            return _ -> false;
        }
        Set<String> files = new HashSet<>();
        BuildContext listed = new Listed(entries.get());
        try (ContextTree tree = new ContextTree(kernel, listed, _ -> listed.directory())) {
            for (Want each : wanted) {
                for (String source : each.sources) {
                    files.addAll(files(tree, each, source));
                }
            }
        } catch (IOException e) {
            // The listing is in memory.
            throw new IllegalStateException(e);
        }
        return path -> files.contains(Paths.ofText(path));
    }

    private static Set<String> files(ContextTree tree, Want want, String source)
            throws IOException {
        try {
            return CopiedFiles.of(
                    tree,
                    new Selector(tree, want.parents).pick(List.of(Paths.ofText(source))),
                    IgnoreRules.of(want.excludes));
        } catch (ServiceException e) {
            // It is not there, or leads nowhere, of which the step will tell.
            return Set.of();
        }
    }

    /** A context of which nothing has come yet. */
    private record Listed(SortedMap<String, Entry> entries) implements BuildContext {
        @Override
        public Path directory() {
            return Path.of("/nonexistent");
        }
    }
}
