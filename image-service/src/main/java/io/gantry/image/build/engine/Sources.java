package io.gantry.image.build.engine;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.stage.Source;
import io.gantry.image.build.tree.ContextTree;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.StackTree;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;

/** Finds what stages begin with and take files from, the stages among them. Thread-safe. */
final class Sources {

    /** What scratch has. */
    private static final BuildContext NOTHING =
            new BuildContext() {
                @Override
                public Path directory() {
                    return Path.of("/nonexistent");
                }

                @Override
                public SortedMap<String, Entry> entries() {
                    return Collections.emptySortedMap();
                }
            };

    /** One for what is here, another for what was taken meanwhile. */
    private static final int ATTEMPTS = 4;

    private final BuildRun run;
    private final Stages stages;

    Sources(BuildRun run, Stages stages) {
        this.run = run;
        this.stages = stages;
    }

    /** The stages of a build. */
    @FunctionalInterface
    interface Stages {
        /** Waits for a stage. */
        StageResult get(int index) throws IOException;
    }

    /** Waits for a stage. */
    StageResult stage(int index) throws IOException {
        return stages.get(index);
    }

    /** Where files are: in layers, or in a context of the client's. */
    sealed interface Place {

        /** In layers. */
        record InLayers(Stack stack) implements Place {}

        /** In a context. */
        record InContext(BuildContext context) implements Place {}
    }

    /** The build's context when {@code source} is empty. */
    Place place(Optional<Source> source, Platform platform) throws IOException {
        if (source.isEmpty()) {
            return place(run.inputs().context(), platform);
        }
        return switch (source.get()) {
            case Source.Scratch _ -> new Place.InLayers(Stack.EMPTY);
            case Source.OfStage it -> new Place.InLayers(stages.get(it.index()).stack());
            case Source.OfImage it -> new Place.InLayers(Stack.of(image(it.reference(), platform)));
            case Source.OfContext it -> named(it.name(), platform);
        };
    }

    private Place named(String name, Platform platform) throws IOException {
        return place(context(name), platform);
    }

    private Place place(NamedContext context, Platform platform) throws IOException {
        return switch (context) {
            case NamedContext.Files it -> new Place.InContext(it.files());
            case NamedContext.Remote it -> new Place.InLayers(run.remotes().tree(run, it));
            case NamedContext.OfImage it ->
                    new Place.InLayers(Stack.of(image(it.reference(), platform)));
            case NamedContext.Layout it -> new Place.InLayers(Stack.of(image(it, platform)));
            case NamedContext.Scratch _ -> new Place.InLayers(Stack.EMPTY);
        };
    }

    NamedContext context(String name) {
        NamedContext context = run.inputs().named().get(name);
        if (context == null) {
            throw new NotFoundException("named context " + name + " was not given");
        }
        return context;
    }

    /** An image, held until the build ends. */
    BaseImages.Base image(ImageReference reference, Platform platform) throws IOException {
        BaseImages images = run.tools().images();
        ClientOffers offers = run.inputs().offers();
        boolean pull = run.request().cache().pull();
        BaseImages.Base image =
                held(
                        again ->
                                images.get(
                                        reference, platform, pull || again, offers, run.deadline()),
                        reference.toString());
        run.materials().image(reference, platform, image.manifest());
        return image;
    }

    /** An image of a directory, held until the build ends. */
    BaseImages.Base image(NamedContext.Layout layout, Platform platform) throws IOException {
        BaseImages images = run.tools().images();
        BaseImages.Base image =
                held(_ -> images.get(layout, platform, run.deadline()), "an image of a layout");
        run.materials().layout(platform, image.manifest());
        return image;
    }

    /** Makes an image be here. */
    @FunctionalInterface
    private interface Fetch {
        /** Fetches it, also when it seems to be here, where it is for another time. */
        BaseImages.Base run(boolean again) throws IOException;
    }

    private BaseImages.Base held(Fetch fetch, String what) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            BaseImages.Base image = fetch.run(attempt > 0);
            image.chainIds().forEach(run.steps()::hold);
            image.layers().forEach(layer -> run.steps().hold(layer.digest()));
            // A collection may have come between; what it took is fetched again, under hold now.
            if (isWhole(image)) {
                return image;
            }
            run.deadline().check("fetching " + what);
        }
        throw new FailedPreconditionException(what + " was fetched, and is not here as a whole");
    }

    private boolean isWhole(BaseImages.Base image) throws IOException {
        for (Digest layer : image.chainIds()) {
            if (run.tools().snapshotter().find(layer).isEmpty()) {
                return false;
            }
        }
        for (Descriptor blob : image.layers()) {
            if (!run.tools().content().exists(blob.digest())) {
                return false;
            }
        }
        return true;
    }

    /** Opens a tree; the caller closes it. */
    SourceTree open(Place place) throws IOException {
        return switch (place) {
            case Place.InContext it -> open(it.context());
            case Place.InLayers it ->
                    it.stack().entries().isEmpty()
                            ? open(NOTHING)
                            : new StackTree(
                                    run.tools().kernel(),
                                    run.tools().snapshotter().stack(it.stack().layers()));
        };
    }

    private SourceTree open(BuildContext context) {
        return new ContextTree(run.tools().kernel(), context, run.tools().snapshotter()::files);
    }

    /** Tells places apart without reading files; contexts only by what is in them. */
    static Optional<Digest> identity(Place place) {
        return switch (place) {
            case Place.InContext _ -> Optional.empty();
            case Place.InLayers it -> Optional.of(it.stack().identity());
        };
    }
}
