package io.gantry.image.build.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.dockerfile.Instruction;
import io.gantry.image.build.dockerfile.Stage;
import io.gantry.image.build.remote.RemoteSource;
import io.gantry.image.build.stage.BuildArguments;
import io.gantry.image.build.stage.BuildPlatforms;
import io.gantry.image.build.stage.GlobalScope;
import io.gantry.image.build.stage.StageScope;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The date of a build, SOURCE_DATE_EPOCH: seconds since the epoch, or what is to date it, which is
 * {@code context}, another context, or a stage that is one ADD of something from elsewhere. A
 * commit has the time at which it was made, a file of a web server that of its last change, or of
 * the last change in it where it is an archive. Files of the client date nothing.
 */
final class SourceDate {

    private static final String NAME = "SOURCE_DATE_EPOCH";

    private final BuildRun run;
    private final Dockerfile file;

    SourceDate(BuildRun run, Dockerfile file) {
        this.run = run;
        this.file = file;
    }

    /**
     * The build with its date, if it has one.
     *
     * @throws InvalidArgumentException when it is neither a number nor the name of anything
     */
    BuildRun dated() throws IOException {
        if (run.date().isPresent()) {
            return run;
        }
        GlobalScope global = global();
        String wanted = global.given().find(NAME).orElse(global.declared().getOrDefault(NAME, ""));
        return wanted.isEmpty() ? run : run.dated(find(wanted, global));
    }

    private GlobalScope global() {
        return GlobalScope.of(
                file,
                new BuildArguments(run.request().arguments()),
                new BuildPlatforms(Platform.host(), Platform.host()),
                run.request().target());
    }

    private Optional<Instant> find(String wanted, GlobalScope global) throws IOException {
        if (wanted.matches("-?\\d{1,18}")) {
            try {
                return Optional.of(Instant.ofEpochSecond(Long.parseLong(wanted)));
            } catch (DateTimeException e) {
                throw new InvalidArgumentException("invalid " + NAME + ": " + wanted, e);
            }
        }
        if (wanted.equals("context")) {
            return of(run.inputs().context());
        }
        NamedContext named = run.inputs().named().get(wanted);
        if (named != null) {
            return of(named);
        }
        for (Stage stage : file.stages()) {
            if (stage.from().name().filter(wanted::equalsIgnoreCase).isPresent()) {
                return of(source(stage, global));
            }
        }
        throw new InvalidArgumentException("invalid " + NAME + ": " + wanted);
    }

    private Optional<Instant> of(NamedContext context) throws IOException {
        if (!(context instanceof NamedContext.Remote remote)) {
            return Optional.empty();
        }
        Optional<RemoteSource> source = RemoteSource.parse(remote.address());
        return source.isPresent() ? of(source.get()) : Optional.empty();
    }

    private Optional<Instant> of(RemoteSource source) throws IOException {
        RemoteLayers layers = new RemoteLayers(run, !run.request().cache().noCache());
        return switch (source) {
            case RemoteSource.Git git -> newest(layers.tree(git.address().datedByCommit()));
            case RemoteSource.Web web -> {
                RemoteLayers.WebFile file = layers.context(web);
                Optional<Instant> changed = newest(file.tree());
                Optional<Stack> unpacked =
                        changed.isPresent() ? Optional.empty() : layers.unpacked(file);
                yield unpacked.isPresent() ? newest(unpacked.get()) : changed;
            }
        };
    }

    /** What a stage of one ADD takes. */
    private static RemoteSource source(Stage stage, GlobalScope global) {
        StageScope scope = StageScope.onImage(global, Map.of());
        List<Instruction> steps =
                stage.instructions().stream()
                        .map(scope::apply)
                        .filter(it -> !(it instanceof Instruction.Arg))
                        .toList();
        if (stage.from().base().equals("scratch")
                && steps.size() == 1
                && steps.getFirst() instanceof Instruction.Add add
                && add.transfer().sources().size() == 1) {
            Optional<RemoteSource> source = RemoteSource.parse(add.transfer().sources().getFirst());
            if (source.isPresent()) {
                return source.get();
            }
        }
        throw new FailedPreconditionException(
                NAME
                        + ": stage "
                        + stage.label()
                        + " dates nothing: it has to be FROM scratch and one ADD from elsewhere");
    }

    /** The last change of a file; empty when none has a time. */
    private Optional<Instant> newest(Stack stack) throws IOException {
        long newest = 0;
        Deque<Node> directories = new ArrayDeque<>();
        try (SourceTree tree =
                new StackTree(
                        run.tools().kernel(), run.tools().snapshotter().stack(stack.layers()))) {
            directories.add(tree.find("", false).orElseThrow());
            while (!directories.isEmpty()) {
                for (Node each : tree.children(directories.remove())) {
                    if (each.isDirectory()) {
                        directories.add(each);
                    } else if (each.isRegular()) {
                        newest = Math.max(newest, each.modified().seconds());
                    }
                }
            }
        }
        return newest == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(newest));
    }
}
