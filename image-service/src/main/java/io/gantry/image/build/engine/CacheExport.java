package io.gantry.image.build.engine;

import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.api.CacheTo;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.build.cache.CacheDocument;
import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.build.engine.StepStore.Taken;
import io.gantry.image.build.engine.Vertices.Vertex;
import io.gantry.image.build.export.BuiltDocuments;
import io.gantry.image.build.export.LayerExporter.Exported;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.registry.OutgoingBlob;
import io.gantry.image.registry.Pusher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Tells other nodes the results of a build. Used by one thread. */
final class CacheExport {

    private final BuildRun run;
    private final Layers layers;

    /** Packs layers. */
    @FunctionalInterface
    interface Layers {
        Exported export(Digest layer) throws IOException;
    }

    CacheExport(BuildRun run, Layers layers) {
        this.run = run;
        this.layers = layers;
    }

    /** The steps that made some layers, as an image carries them itself. */
    CacheDocument document(Set<Digest> own) throws IOException {
        List<CachedStep> steps = new ArrayList<>();
        for (Taken each : run.steps().taken()) {
            if (own.contains(each.layer())) {
                steps.add(step(each));
            }
        }
        return new CacheDocument(steps);
    }

    private CachedStep step(Taken taken) throws IOException {
        Exported exported = layers.export(taken.layer());
        return new CachedStep(
                taken.layer(),
                exported.diffId(),
                exported.blob(),
                ImageWriter.packing(run.request().image()),
                taken.description(),
                taken.created(),
                List.copyOf(taken.keys()));
    }

    /**
     * Brings results where they go.
     *
     * @param own the layers of the images
     */
    void run(Set<Digest> own) throws IOException {
        for (CacheTo each : run.request().cache().to()) {
            switch (each) {
                case CacheTo.Registry it ->
                        shown(
                                "registry " + it.reference(),
                                () -> push(it, cache(it.all() ? made() : own)));
                case CacheTo.Archive it ->
                        shown("client directory", () -> write(cache(it.all() ? made() : own)));
                case CacheTo.Inline _ -> {
                    // In the images already.
                }
            }
        }
    }

    /** Brings a cache somewhere. */
    @FunctionalInterface
    private interface Work {
        void perform() throws IOException;
    }

    private void shown(String where, Work work) throws IOException {
        Vertex vertex = run.vertices().start("exporting cache to " + where, Optional.empty());
        try {
            work.perform();
            vertex.completed();
        } catch (ServiceException | IOException e) {
            vertex.failed(String.valueOf(e.getMessage()), "");
            throw e;
        }
    }

    private Set<Digest> made() {
        Set<Digest> all = new LinkedHashSet<>();
        run.steps().taken().forEach(it -> all.add(it.layer()));
        return all;
    }

    /**
     * A cache in the store, held by the build.
     *
     * @param blobs all but the manifest
     */
    @SuppressWarnings("ArrayRecordComponent") // written once, never compared
    private record Cache(byte[] manifest, List<Descriptor> blobs) {}

    private Cache cache(Set<Digest> wanted) throws IOException {
        CacheDocument document = document(wanted);
        byte[] config = document.encode();
        Descriptor configBlob = Descriptor.of(CacheDocument.MEDIA_TYPE, config);
        run.steps().hold(configBlob.digest());
        run.tools().content().put(configBlob, config, run.deadline());
        Map<Digest, Descriptor> layers = new LinkedHashMap<>();
        document.steps().forEach(it -> layers.putIfAbsent(it.blob().digest(), it.blob()));
        List<Descriptor> blobs = new ArrayList<>(layers.values());
        byte[] manifest =
                BuiltDocuments.manifest(ImageOptions.Format.OCI, configBlob, blobs, Map.of());
        blobs.add(configBlob);
        return new Cache(manifest, blobs);
    }

    private void push(CacheTo.Registry to, Cache cache) {
        Pusher pusher =
                run.tools()
                        .registries()
                        .pushes()
                        .openPush(
                                to.reference(),
                                run.inputs().offers().login(to.reference(), run.deadline()),
                                run.deadline());
        for (Descriptor blob : cache.blobs) {
            pusher.pushBlob(new Stored(blob, run.tools().content()));
        }
        pusher.pushManifest(
                Descriptor.of(MediaType.OCI_MANIFEST, cache.manifest),
                cache.manifest,
                to.reference().target());
    }

    private void write(Cache cache) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(run.inputs().cache());
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        file(
                tar,
                "oci-layout",
                "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
        for (Descriptor blob : cache.blobs) {
            entry(tar, path(blob), blob.size());
            try (InputStream in = run.tools().content().open(blob.digest())) {
                in.transferTo(tar);
            }
            tar.closeArchiveEntry();
        }
        Descriptor root = Descriptor.of(MediaType.OCI_MANIFEST, cache.manifest);
        file(tar, path(root), cache.manifest);
        // At the very end: what is there only half has no index of it.
        file(tar, "index.json", BuiltDocuments.index(root));
        tar.finish();
    }

    private static String path(Descriptor blob) {
        return "blobs/" + blob.digest().algorithm().label() + "/" + blob.digest().hex();
    }

    private static void file(TarArchiveOutputStream tar, String path, byte[] bytes)
            throws IOException {
        entry(tar, path, bytes.length);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private static void entry(TarArchiveOutputStream tar, String path, long size)
            throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(path);
        entry.setSize(size);
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
    }

    /** A blob of the store on its way. */
    private record Stored(Descriptor descriptor, ContentStore content) implements OutgoingBlob {

        @Override
        public List<String> mountSources() {
            return List.of();
        }

        @Override
        public void prepare() {
            // It is here, held by the build.
        }

        @Override
        public InputStream open(long offset) {
            try {
                InputStream in = content.open(descriptor.digest());
                in.skipNBytes(offset);
                return in;
            } catch (IOException e) {
                throw new InternalException(
                        "read blob " + descriptor.digest() + ": " + e.getMessage(), e);
            }
        }

        @Override
        public void sent(long sent) {
            // Nobody looks on.
        }
    }
}
