package io.gantry.image.build.engine;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.BuildResult.Built;
import io.gantry.image.build.api.CacheTo;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.build.cache.CacheDocument;
import io.gantry.image.build.config.ConfigDraft;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.export.BuiltDocuments;
import io.gantry.image.build.export.LayerExporter;
import io.gantry.image.build.export.LayerExporter.Exported;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Platform;
import io.gantry.image.metadata.BuildBlobRow;
import io.gantry.image.metadata.BuildTables;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Writes what stages came to as images into the content store. Used by one thread. */
final class ImageWriter {

    private final BuildRun run;
    private final LayerExporter exporter;
    private final BuildTables tables;
    private final ImageOptions options;

    ImageWriter(BuildRun run, LayerExporter exporter, BuildTables tables) {
        this.run = run;
        this.exporter = exporter;
        this.tables = tables;
        this.options = run.request().image();
    }

    /**
     * An image in the store.
     *
     * @param blobs all of it: manifest, configuration, layers
     * @param diffIds of its layers
     * @param attested the manifest of what is attested of it
     */
    record WrittenImage(
            Built built, List<Digest> blobs, List<Digest> diffIds, Optional<Descriptor> attested) {}

    WrittenImage write(StageResult stage, Platform platform) throws IOException {
        Vertex vertex = run.vertices().start("exporting layers", Optional.empty());
        try {
            WrittenImage written = write(stage, platform, vertex);
            vertex.completed();
            return written;
        } catch (ServiceException | IOException e) {
            vertex.failed(String.valueOf(e.getMessage()), "");
            throw e;
        }
    }

    private WrittenImage write(StageResult stage, Platform platform, Vertex vertex)
            throws IOException {
        List<Exported> layers = export(stage.stack());
        List<Digest> diffIds = layers.stream().map(Exported::diffId).toList();
        List<Descriptor> blobs = layers.stream().map(Exported::blob).toList();
        List<Digest> chainIds = name(stage.stack(), diffIds);
        ConfigDraft draft = stage.config();
        draft.label(options.labels());
        if (run.request().cache().to().stream().anyMatch(CacheTo.Inline.class::isInstance)) {
            CacheDocument cache = new CacheExport(run, this::export).document(own(stage.stack()));
            draft.attach(CacheDocument.FIELD, cache.encode());
        }
        byte[] config = draft.finish(diffIds, run.date());
        Descriptor configBlob = put(BuiltDocuments.configType(options.format()), config);
        byte[] manifest =
                BuiltDocuments.manifest(options.format(), configBlob, blobs, options.annotations());
        Descriptor manifestBlob = put(BuiltDocuments.manifestType(options.format()), manifest);
        vertex.log("writing image " + configBlob.digest());
        List<Digest> all = new ArrayList<>(List.of(manifestBlob.digest(), configBlob.digest()));
        blobs.forEach(each -> all.add(each.digest()));
        Built built = new Built(platform, configBlob.digest(), manifestBlob, chainIds);
        Optional<Descriptor> attested = Optional.empty();
        if (options.attest().isAny()) {
            attested = Optional.of(new Attestations(run, this).write(stage, manifestBlob, all));
        }
        return new WrittenImage(built, all, diffIds, attested);
    }

    /** The layers of a stack that are no base image's. */
    static Set<Digest> own(Stack stack) {
        Set<Digest> own = new LinkedHashSet<>();
        stack.entries().stream()
                .filter(it -> it.base().isEmpty())
                .forEach(it -> own.add(it.layer()));
        return own;
    }

    /** Packs a layer that a build has made. */
    Exported export(Digest layer) throws IOException {
        return export(new Stack.Entry(layer, Optional.empty()));
    }

    /** How layers are packed, in the words of the tables. */
    static String packing(ImageOptions options) {
        return options.layerPacking() + " " + options.format();
    }

    Descriptor put(String mediaType, byte[] bytes) throws IOException {
        Descriptor descriptor = Descriptor.of(mediaType, bytes);
        run.steps().hold(descriptor.digest());
        run.tools().content().put(descriptor, bytes, run.deadline());
        return descriptor;
    }

    /** All layers at once: the compressor's threads bound what that costs. */
    private List<Exported> export(Stack stack) throws IOException {
        try (ExecutorService threads = Tasks.perTask("build-export")) {
            List<Future<Exported>> running = new ArrayList<>();
            for (Stack.Entry entry : stack.entries()) {
                running.add(threads.submit(() -> export(entry)));
            }
            try {
                List<Exported> done = new ArrayList<>();
                for (Future<Exported> each : running) {
                    done.add(each.get());
                }
                return done;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException("the build was interrupted", e);
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case ServiceException it -> throw it;
                    case IOException it -> throw it;
                    case null, default ->
                            throw new InternalException("cannot export: " + e.getCause(), e);
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    private Exported export(Stack.Entry entry) throws IOException {
        if (entry.base().isPresent()) {
            Stack.OfBase base = entry.base().get();
            return new Exported(base.diffId(), base.blob());
        }
        String packing = packing(options);
        Optional<BuildBlobRow> known = tables.findBlob(entry.layer(), packing);
        if (known.isPresent()) {
            Digest blob = known.get().blob().digest();
            run.steps().hold(blob);
            ContentStore content = run.tools().content();
            if (content.exists(blob)) {
                return new Exported(known.get().diffId(), known.get().blob());
            }
        }
        Exported exported;
        try (Permit _ = Permit.take(run, "exporting a layer")) {
            exported =
                    exporter.export(
                            run.tools().snapshotter().files(entry.layer()),
                            options.layerPacking(),
                            options.format(),
                            run.steps()::hold);
        }
        tables.putBlob(
                new BuildBlobRow(entry.layer(), packing, exported.diffId(), exported.blob()));
        return exported;
    }

    /** Gives the layers their chain ids, by which images know them. */
    private List<Digest> name(Stack stack, List<Digest> diffIds) throws IOException {
        List<Digest> chainIds = new ArrayList<>();
        for (int i = 0; i < diffIds.size(); i++) {
            Digest diffId = diffIds.get(i);
            Digest chainId = diffId;
            if (i > 0) {
                String text = chainIds.getLast() + " " + diffId;
                chainId = Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
            }
            chainIds.add(chainId);
            run.steps().hold(chainId);
            if (stack.entries().get(i).base().isEmpty()) {
                run.tools().snapshotter().alias(chainId, stack.entries().get(i).layer());
            }
        }
        return chainIds;
    }
}
