package io.gantry.image.build.engine;

import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.BuildResult.Built;
import io.gantry.image.build.api.ContextNeeds;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.build.api.KeptLayers;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.check.Finding;
import io.gantry.image.build.dockerfile.Dockerfile;
import io.gantry.image.build.engine.ImageWriter.WrittenImage;
import io.gantry.image.build.export.BuiltDocuments;
import io.gantry.image.build.export.LayerExporter;
import io.gantry.image.build.export.TreeTar;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.Platform;
import io.gantry.image.metadata.BuildTables;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.snapshot.LayerInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds. Thread-safe. */
public final class BuildEngine implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BuildEngine.class);

    private final Tools tools;
    private final BuildTables tables;
    private final Leases leases;
    private final BuiltImages images;
    private final StepStore steps;
    private final CacheMounts mounts;
    private final LayerExporter exporter;
    private final Semaphore permits;

    /**
     * What is kept, and where.
     *
     * @param mounts directory of cache mounts
     * @param boot which start of the kernel this is
     * @param parallelSteps that are executed at once, over all builds
     */
    public record Keeping(
            BuildTables tables, Leases leases, Path mounts, String boot, int parallelSteps) {}

    public BuildEngine(Tools tools, Keeping keeping, BuiltImages images) {
        this.tools = tools;
        this.tables = keeping.tables;
        this.leases = keeping.leases;
        this.images = images;
        this.steps =
                new StepStore(
                        tools.snapshotter(),
                        keeping.tables,
                        keeping.leases,
                        tools.clock(),
                        keeping.boot);
        this.mounts = new CacheMounts(tools.kernel(), keeping.mounts);
        this.exporter = new LayerExporter(tools.kernel(), tools.content());
        this.permits = new Semaphore(keeping.parallelSteps, true);
    }

    /** As {@link io.gantry.image.build.api.Builder#build}. */
    public BuildResult build(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline)
            throws IOException {
        return within(request, inputs, progress, deadline, this::build);
    }

    /** As {@link io.gantry.image.build.api.Builder#export}. */
    public void export(
            BuildRequest request,
            BuildInputs inputs,
            BuildProgress progress,
            OutputStream archive,
            Deadline deadline)
            throws IOException {
        boolean _ =
                within(
                        request,
                        inputs,
                        progress,
                        deadline,
                        (run, file) -> {
                            export(run, file, archive);
                            return true;
                        });
    }

    /** As {@link io.gantry.image.build.api.Builder#check}. */
    public void check(
            BuildRequest request, BuildInputs inputs, BuildProgress progress, Deadline deadline)
            throws IOException {
        Work<List<Finding>> work =
                (run, file) -> new FileChecks(run).tell(file, platforms(request).getFirst());
        within(request, inputs, progress, deadline, work);
    }

    /** What is done in a build. */
    @FunctionalInterface
    private interface Work<T> {
        T perform(BuildRun run, Dockerfile file) throws IOException;
    }

    private <T> T within(
            BuildRequest request,
            BuildInputs inputs,
            BuildProgress progress,
            Deadline deadline,
            Work<T> work)
            throws IOException {
        Vertices vertices = new Vertices(progress, tools.clock());
        StepStore.Session session = steps.open();
        try (session) {
            BuildRun run =
                    new BuildRun(
                            Ids.random().substring(0, 12),
                            tools,
                            request,
                            inputs,
                            session,
                            vertices,
                            mounts,
                            new RemoteContexts(),
                            new Materials(),
                            permits,
                            request.image().sourceDate().orElseGet(tools.clock()::now),
                            deadline);
            try {
                CacheOrigins.open(run).ifPresent(session::importing);
                Dockerfile file = dockerfile(run);
                return work.perform(new SourceDate(run, file).dated(), file);
            } finally {
                record(session);
                tools.runner().finish(run.id());
            }
        }
    }

    /** What was finished is of use to the next build, also when this one failed. */
    private static void record(StepStore.Session session) {
        try {
            session.record();
        } catch (IOException | ServiceException e) {
            // On a full disk, for one. What the build itself failed with is for its user.
            log.atWarn().setCause(e).log("results of a build are not recorded");
        }
    }

    private BuildResult build(BuildRun run, Dockerfile file) throws IOException {
        BuildRequest request = run.request();
        if (request.image().format() == ImageOptions.Format.DOCKER
                && request.image().packing().algorithm() == ImageOptions.Algorithm.ZSTD) {
            throw new InvalidArgumentException("layers by zstd need OCI media types");
        }
        if (request.image().format() == ImageOptions.Format.DOCKER
                && request.image().attest().isAny()) {
            throw new InvalidArgumentException("attestations need OCI media types");
        }
        ImageWriter writer = new ImageWriter(run, exporter, tables);
        List<WrittenImage> written = new ArrayList<>();
        Set<Digest> layers = new LinkedHashSet<>();
        forEachPlatform(
                run,
                file,
                (stage, platform) -> {
                    layers.addAll(ImageWriter.own(stage.stack()));
                    written.add(writer.write(stage, platform));
                });
        new CacheExport(run, writer::export).run(layers);
        return record(run, writer, written);
    }

    private static void export(BuildRun run, Dockerfile file, OutputStream archive)
            throws IOException {
        boolean several = run.isForSeveral();
        TreeTar tar = new TreeTar(run.tools().kernel(), archive);
        forEachPlatform(
                run,
                file,
                (stage, platform) -> {
                    String top = several ? platform.toString().replace('/', '_') : "";
                    new FilesWriter(run, tar).write(stage, top);
                });
        tar.finish();
    }

    private static Dockerfile dockerfile(BuildRun run) throws IOException {
        BuildRequest.File file = run.request().file();
        if (file.text().isEmpty()
                && run.inputs().context() instanceof NamedContext.Remote context) {
            file = run.remotes().dockerfile(run, context);
        }
        return parse(file, run.request());
    }

    /** A Dockerfile of which all is here. */
    static Dockerfile parse(BuildRequest.File file, BuildRequest request) {
        return Dockerfile.parse(
                file.name(),
                file.text(),
                Optional.ofNullable(request.arguments().get("BUILDKIT_SYNTAX")));
    }

    /** The platforms that images are made for. */
    static List<Platform> platforms(BuildRequest request) {
        return request.platforms().isEmpty() ? List.of(Platform.host()) : request.platforms();
    }

    /** Takes what the target came to. */
    @FunctionalInterface
    private interface Taker {
        void take(StageResult stage, Platform platform) throws IOException;
    }

    private static void forEachPlatform(BuildRun run, Dockerfile file, Taker taker)
            throws IOException {
        List<Platform> platforms = platforms(run.request());
        new FileChecks(run).require(file, platforms.getFirst());
        for (Platform platform : platforms) {
            StageResult stage = new PlatformBuild(run, file, platform, platforms.size() > 1).run();
            taker.take(stage, platform);
        }
    }

    private BuildResult record(BuildRun run, ImageWriter writer, List<WrittenImage> written)
            throws IOException {
        Set<Digest> blobs = new LinkedHashSet<>();
        Map<Platform, Descriptor> manifests = new LinkedHashMap<>();
        for (WrittenImage each : written) {
            blobs.addAll(each.blobs());
            manifests.put(each.built().platform(), each.built().manifest());
        }
        Optional<Descriptor> index = Optional.empty();
        ImageOptions options = run.request().image();
        Map<Descriptor, Descriptor> attested = new LinkedHashMap<>();
        for (WrittenImage each : written) {
            each.attested().ifPresent(it -> attested.put(each.built().manifest(), it));
        }
        if (run.isForSeveral() || !attested.isEmpty()) {
            byte[] bytes =
                    BuiltDocuments.index(
                            options.format(), manifests, attested, options.annotations());
            index = Optional.of(writer.put(BuiltDocuments.indexType(options.format()), bytes));
            blobs.add(index.get().digest());
        }
        tools.content().sync();
        tools.snapshotter().sync();
        WrittenImage own = ofThisNode(written);
        Built built = own.built();
        ImageRow row =
                new ImageRow(
                        built.id(),
                        new ManifestRow(
                                index.orElse(built.manifest()).digest(),
                                built.manifest().digest(),
                                List.copyOf(blobs)),
                        built.layers(),
                        tools.clock().now());
        List<String> names =
                images.record(row, layerRows(own), options.names(), index.map(Descriptor::digest));
        return new BuildResult(written.stream().map(WrittenImage::built).toList(), index, names);
    }

    /** The one that containers here are made from has the names. */
    private static WrittenImage ofThisNode(List<WrittenImage> written) {
        return written.stream()
                .filter(it -> it.built().platform().distanceFrom(Platform.host()).isPresent())
                .findFirst()
                .orElse(written.getFirst());
    }

    private List<LayerRow> layerRows(WrittenImage image) throws IOException {
        List<LayerRow> rows = new ArrayList<>();
        List<Digest> layers = image.built().layers();
        for (int i = 0; i < layers.size(); i++) {
            LayerInfo info = tools.snapshotter().find(layers.get(i)).orElseThrow();
            rows.add(
                    new LayerRow(
                            layers.get(i),
                            image.diffIds().get(i),
                            info.usage().bytes(),
                            info.usage().inodes()));
        }
        return rows;
    }

    /** As {@link io.gantry.image.build.api.Builder#needs}. */
    public ContextNeeds needs(BuildRequest request, Set<String> contexts) {
        return ContextPlan.of(request, contexts, tools.kernel());
    }

    /** As {@link io.gantry.image.build.api.Builder#keep}. */
    public KeptLayers keep(Set<Digest> layers) throws IOException {
        Leases.Lease lease = leases.open();
        Set<Digest> there = new LinkedHashSet<>();
        for (Digest layer : layers) {
            lease.hold(layer);
            if (tools.snapshotter().find(layer).isPresent()) {
                there.add(layer);
            }
        }
        return new Leased(lease, there);
    }

    private record Leased(Leases.Lease lease, Set<Digest> there) implements KeptLayers {
        @Override
        public void close() {
            lease.close();
        }
    }

    /** The results that are kept. */
    public KeptResults kept() {
        return new KeptResults(tools, tables, leases, mounts);
    }

    @Override
    public void close() {
        exporter.close();
        tools.web().close();
    }
}
