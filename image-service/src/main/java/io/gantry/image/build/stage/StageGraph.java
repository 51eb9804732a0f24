package io.gantry.image.build.stage;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.MountFlag;
import io.gantry.image.build.dockerfile.Stage;
import io.gantry.image.build.expand.Expander;
import io.gantry.image.build.source.DockerfileException;
import io.gantry.image.build.source.Suggestion;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The stages of a file and what each needs of others. */
public final class StageGraph {

    private static final String SCRATCH = "scratch";

    private final Dockerfile file;
    private final GlobalScope scope;
    private final NamedContexts contexts;
    private final SortedMap<String, NavigableSet<Integer>> byName = new TreeMap<>();
    private final List<ResolvedStage> stages = new ArrayList<>();

    private StageGraph(Dockerfile file, GlobalScope scope, NamedContexts contexts) {
        this.file = file;
        this.scope = scope;
        this.contexts = contexts;
        for (Stage stage : file.stages()) {
            stage.from()
                    .name()
                    .ifPresent(
                            it ->
                                    byName.computeIfAbsent(it, _ -> new TreeSet<>())
                                            .add(stage.index()));
        }
    }

    /**
     * Resolves what all stages begin with.
     *
     * @throws DockerfileException for names that are none, and for stages that need each other
     */
    public static StageGraph of(Dockerfile file, GlobalScope scope, NamedContexts contexts) {
        StageGraph graph = new StageGraph(file, scope, contexts);
        for (Stage stage : file.stages()) {
            try {
                graph.stages.add(graph.resolve(stage));
            } catch (DockerfileException e) {
                throw stage.from().origin().locate(e);
            }
        }
        graph.checkCycles();
        return graph;
    }

    /** All stages, in order. */
    public List<ResolvedStage> stages() {
        return List.copyOf(stages);
    }

    /**
     * The stage to be built.
     *
     * @param name whatever its case, or its index; empty: the last one
     * @throws DockerfileException when there is none
     */
    public ResolvedStage target(Optional<String> name) {
        if (name.isEmpty()) {
            return stages.getLast();
        }
        return findStage(name.get(), stages.size())
                .or(() -> byIndex(name.get()))
                .map(stages::get)
                .orElseThrow(
                        () ->
                                new DockerfileException(
                                        "target stage \"%s\" could not be found%s"
                                                .formatted(
                                                        name.get(),
                                                        Suggestion.didYouMean(
                                                                name.get(), names()))));
    }

    /**
     * The stages that a target needs, itself included, each behind those that it needs.
     *
     * @throws DockerfileException when one copies from a stage that is not before it
     */
    public List<ResolvedStage> needed(ResolvedStage target) {
        Set<Integer> reached = new TreeSet<>();
        List<Integer> left = new ArrayList<>(List.of(target.stage().index()));
        while (!left.isEmpty()) {
            int index = left.removeLast();
            if (reached.add(index)) {
                ResolvedStage stage = stages.get(index);
                stage.instructions().forEach(it -> checkOrder(stage, it));
                left.addAll(needs(stage));
            }
        }
        return reached.stream().map(stages::get).toList();
    }

    /**
     * Where an instruction of a stage takes files and mounts from, the build's context not counted.
     * Serves the triggers of images, too, which are known later.
     *
     * @throws DockerfileException for an index without stage and a name that is none
     */
    public List<Source> sources(ResolvedStage stage, Instruction instruction) {
        try {
            return switch (instruction) {
                case Instruction.Copy copy ->
                        copy.from().stream().map(it -> copySource(stage, it)).toList();
                case Instruction.Run run ->
                        run.mounts().stream()
                                .map(MountFlag::from)
                                .flatMap(Optional::stream)
                                .map(it -> named(stage, it))
                                .toList();
                default -> List.of();
            };
        } catch (DockerfileException e) {
            throw instruction.origin().locate(e);
        }
    }

    private ResolvedStage resolve(Stage stage) {
        Expander words = Expander.ofWords(scope.escape());
        Instruction.From from = stage.from();
        String base = words.expand(from.base(), scope.variables()).text();
        if (base.isEmpty()) {
            throw new DockerfileException("base name (" + from.base() + ") should not be blank");
        }
        Platform platform =
                from.platform()
                        .map(it -> words.expand(it, scope.variables()).text())
                        .map(scope.platforms()::parse)
                        .orElse(scope.platforms().target());
        Optional<Source> replacement =
                from.name().flatMap(it -> contexts.find(it, platform)).map(Source.OfContext::new);
        if (replacement.isPresent()) {
            return new ResolvedStage(stage, replacement.get(), platform, true, List.of());
        }
        Optional<Integer> below = findStage(base, stage.index());
        if (below.isPresent()) {
            return onStage(stage, stages.get(below.get()), from.platform().isPresent(), platform);
        }
        return new ResolvedStage(stage, outside(base, platform), platform, false, List.of());
    }

    private static ResolvedStage onStage(
            Stage stage, ResolvedStage below, boolean hasPlatform, Platform platform) {
        List<Instruction> triggers = new ArrayList<>();
        for (Instruction each :
                below.replaced() ? List.<Instruction>of() : below.stage().instructions()) {
            if (each instanceof Instruction.Onbuild onbuild) {
                triggers.add(onbuild.instruction());
            }
        }
        return new ResolvedStage(
                stage,
                new Source.OfStage(below.stage().index()),
                hasPlatform ? platform : below.platform(),
                false,
                triggers);
    }

    private Source outside(String name, Platform platform) {
        if (name.equals(SCRATCH)) {
            return new Source.Scratch();
        }
        Optional<String> context = contexts.find(name, platform);
        if (context.isPresent()) {
            return new Source.OfContext(context.get());
        }
        try {
            return new Source.OfImage(ImageReference.parse(name));
        } catch (InvalidArgumentException e) {
            throw new DockerfileException(e.getMessage() + Suggestion.didYouMean(name, names()));
        }
    }

    private Source copySource(ResolvedStage stage, String from) {
        boolean isNumber = from.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!isNumber) {
            return named(stage, from);
        }
        return new Source.OfStage(
                byIndex(from)
                        .orElseThrow(() -> new DockerfileException("invalid stage index " + from)));
    }

    /** A stage before this one goes before one behind it, which is a fault told elsewhere. */
    private Source named(ResolvedStage stage, String name) {
        Optional<Integer> index =
                findStage(name, stage.stage().index()).or(() -> findStage(name, stages.size()));
        return index.isPresent()
                ? new Source.OfStage(index.get())
                : outside(name, stage.platform());
    }

    /** The last stage of a name among the first ones. */
    private Optional<Integer> findStage(String name, int before) {
        NavigableSet<Integer> indexes = byName.get(name.toLowerCase(Locale.ROOT));
        return indexes == null ? Optional.empty() : Optional.ofNullable(indexes.lower(before));
    }

    private Optional<Integer> byIndex(String text) {
        boolean isNumber =
                !text.isEmpty()
                        && text.length() < 9
                        && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber && Integer.parseInt(text) < file.stages().size()
                ? Optional.of(Integer.parseInt(text))
                : Optional.empty();
    }

    private List<String> names() {
        return List.copyOf(byName.keySet());
    }

    private Set<Integer> needs(ResolvedStage stage) {
        Set<Integer> needs = new LinkedHashSet<>();
        List<Source> all = new ArrayList<>(List.of(stage.base()));
        stage.instructions().forEach(it -> all.addAll(sources(stage, it)));
        for (Source each : all) {
            if (each instanceof Source.OfStage it) {
                needs.add(it.index());
            }
        }
        return needs;
    }

    private void checkOrder(ResolvedStage stage, Instruction instruction) {
        for (Source each : sources(stage, instruction)) {
            if (each instanceof Source.OfStage it && it.index() > stage.stage().index()) {
                throw instruction
                        .origin()
                        .locate(
                                new DockerfileException(
                                        "cannot copy from stage \"%s\", it needs to be defined"
                                                        .formatted(
                                                                stages.get(it.index())
                                                                        .stage()
                                                                        .label())
                                                + " before current stage"));
            }
        }
    }

    /**
     * Takes off, time and again, the stages that need none of those left; what stays, is a cycle.
     */
    private void checkCycles() {
        List<Set<Integer>> needs = new ArrayList<>();
        stages.forEach(it -> needs.add(needs(it)));
        Set<Integer> settled = new HashSet<>();
        boolean progress = true;
        while (progress) {
            progress = false;
            for (int i = 0; i < needs.size(); i++) {
                progress |= settled.containsAll(needs.get(i)) && settled.add(i);
            }
        }
        for (int i = 0; i < needs.size(); i++) {
            if (!settled.contains(i)) {
                Stage stage = stages.get(i).stage();
                throw stage.from()
                        .origin()
                        .locate(
                                new DockerfileException(
                                        "circular dependency detected on stage: " + stage.label()));
            }
        }
    }
}
