package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.UnimplementedException;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.Builder;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.image.build.api.KeptLayers;
import io.gantry.image.content.Digest;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;

/** A builder that does what a test says, and has no cache. */
final class FakeBuilder implements Builder {

    /** What a build does. */
    interface Work {
        BuildResult run(BuildRequest request, BuildInputs inputs, BuildProgress progress);
    }

    volatile Work work =
            (_, _, _) -> {
                throw new UnimplementedException("nothing is built here");
            };

    /** What is needed of contexts. */
    volatile ContextNeeds needs = ContextNeeds.EVERYTHING;

    @Override
    public ContextNeeds needs(BuildRequest request, Set<String> contexts) {
        return needs;
    }

    @Override
    public BuildResult build(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline) {
        return work.run(request, inputs, progress);
    }

    @Override
    public void export(
            BuildRequest request,
            BuildInputs inputs,
            BuildProgress progress,
            OutputStream archive,
            Deadline deadline) {
        throw new UnimplementedException("nothing is exported here");
    }

    @Override
    public void check(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline) {
        throw new UnimplementedException("nothing is checked here");
    }

    @Override
    public KeptLayers keep(Set<Digest> layers) {
        return new KeptLayers() {
            @Override
            public Set<Digest> there() {
                return layers;
            }

            @Override
            public void close() {
                // Nothing goes here.
            }
        };
    }

    @Override
    public BuildCache cache() {
        return new BuildCache() {
            @Override
            public List<Entry> list() {
                return List.of();
            }

            @Override
            public Pruned remove(List<Entry> entries) {
                return new Pruned(List.of(), 0);
            }
        };
    }

    @Override
    public void close() {
        // Holds nothing.
    }
}
