package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.Builder;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.image.build.api.KeptLayers;
import io.gantry.image.build.api.StepRunner;
import io.gantry.image.build.engine.BuildEngine;
import io.gantry.image.build.engine.Tools;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.layer.LayerApplier;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.registry.RetryPolicy;
import io.gantry.image.registry.WebFiles;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Builds into the store. */
final class Builds implements Builder {

    private final With with;
    private final BuildEngine engine;

    /** What builds share with everything else that is done with images. */
    record With(
            Place place,
            Syscalls kernel,
            ImageTables tables,
            PullImage.Stores stores,
            Images.Collecting collecting,
            LayerApplier applier,
            LayerUnpacker unpacker,
            ImageManager images) {}

    /**
     * Where it is kept what was built.
     *
     * @param boot which start of the kernel this is
     */
    record Place(Path root, String boot) {}

    Builds(With with, StepRunner runner, Tools.Registries registries) {
        this.with = with;
        LayoutBases layouts = new LayoutBases(with.stores, with.unpacker, with.collecting.leases());
        BaseImages bases = new StoredBases(with.images, with.stores, with.tables.builds(), layouts);
        Tools tools =
                new Tools(
                        with.kernel,
                        with.stores.snapshotter(),
                        with.stores.content(),
                        with.applier,
                        bases,
                        runner,
                        new WebFiles(RetryPolicy.DEFAULT),
                        registries,
                        with.collecting.clock());
        BuildEngine.Keeping keeping =
                new BuildEngine.Keeping(
                        with.tables.builds(),
                        with.collecting.leases(),
                        with.place.root.resolve("build-mounts"),
                        with.place.boot,
                        Math.max(2, Runtime.getRuntime().availableProcessors()));
        this.engine = new BuildEngine(tools, keeping, with.stores.catalog()::putBuilt);
    }

    @Override
    public BuildResult build(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline) {
        try {
            return engine.build(request, inputs, progress, deadline);
        } catch (IOException e) {
            throw Failures.onDisk(with.place.root, "build " + request.file().name(), e);
        }
    }

    @Override
    public void export(
            BuildRequest request,
            BuildInputs inputs,
            BuildProgress progress,
            OutputStream archive,
            Deadline deadline) {
        try {
            engine.export(request, inputs, progress, archive, deadline);
        } catch (IOException e) {
            throw Failures.onDisk(with.place.root, "build " + request.file().name(), e);
        }
    }

    @Override
    public void check(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline) {
        try {
            engine.check(request, inputs, progress, deadline);
        } catch (IOException e) {
            throw Failures.onDisk(with.place.root, "check " + request.file().name(), e);
        }
    }

    @Override
    public ContextNeeds needs(BuildRequest request, Set<String> contexts) {
        return engine.needs(request, contexts);
    }

    @Override
    public KeptLayers keep(Set<Digest> layers) {
        try {
            return engine.keep(layers);
        } catch (IOException e) {
            throw Failures.of("look for layers", e);
        }
    }

    @Override
    public BuildCache cache() {
        return new BuildCache() {
            @Override
            public List<Entry> list() {
                try {
                    return engine.kept().list();
                } catch (IOException e) {
                    throw Failures.of("list the results of builds", e);
                }
            }

            @Override
            public Pruned remove(List<Entry> entries) {
                try {
                    List<Entry> gone = engine.kept().remove(entries);
                    long freed = with.collecting.collector().collect(Partial.KEEP).bytes();
                    for (Entry each : gone) {
                        freed += each.kind() == Kind.MOUNT ? each.bytes() : 0;
                    }
                    return new Pruned(gone, freed);
                } catch (IOException e) {
                    throw Failures.of("prune the results of builds", e);
                }
            }
        };
    }

    @Override
    public void close() {
        engine.close();
    }
}
