package io.gantry.image.service;

import io.gantry.base.Finding;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.RootfsRow;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks at what images are made of while pulls and removals go on: hashes every blob anew, looks
 * for the directories of layers, and compares what is in these with the blobs.
 */
public final class StoreCheck {

    private static final int BUFFER = 1 << 16;

    private final ImageTables tables;
    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final Catalog catalog;
    private final GarbageCollector collector;
    private final LayerCheck files;

    /**
     * A check.
     *
     * @param files of layers
     */
    StoreCheck(
            ImageTables tables,
            PullImage.Stores stores,
            GarbageCollector collector,
            LayerCheck files) {
        this.tables = tables;
        this.content = stores.content();
        this.snapshotter = stores.snapshotter();
        this.catalog = stores.catalog();
        this.collector = collector;
        this.files = files;
    }

    /**
     * What was found.
     *
     * @param blobs that were read
     * @param bytes of them
     * @param layers whose files were read
     */
    public record Report(List<Finding> findings, long blobs, long bytes, long layers) {
        public Report {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Looks.
     *
     * @param repair whether to remove what is damaged
     * @param readAll whether to read blobs and layers, which takes as long as unpacking all images
     * @throws CancelledException when the thread is interrupted
     */
    public Report run(boolean repair, boolean readAll) throws IOException {
        List<Finding> findings = new ArrayList<>();
        long blobs = 0;
        long bytes = 0;
        for (Digest blob : readAll ? content.list() : List.<Digest>of()) {
            Read read = read(blob);
            blobs++;
            bytes += read.bytes;
            if (!read.problem.isEmpty()) {
                findings.add(mended("blob", blob, read.problem, repair, () -> remove(blob)));
            }
        }
        checkLayers(repair, findings);
        long layers = readAll ? checkFiles(repair, findings) : 0;
        return new Report(findings, blobs, bytes, layers);
    }

    private record Read(long bytes, String problem) {}

    private Read read(Digest blob) throws IOException {
        MessageDigest hash = blob.algorithm().newHash();
        long length = 0;
        try (InputStream in = content.open(blob)) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancelledException("the check of blobs was given up");
                }
                hash.update(buffer, 0, count);
                length += count;
            }
        } catch (NotFoundException e) {
            // Collected since it was listed.
            return new Read(0, "");
        }
        Digest is = Digest.finish(blob.algorithm(), hash);
        return new Read(length, is.equals(blob) ? "" : "its " + length + " bytes are " + is);
    }

    /** An image without its documents is none; without the blob of a layer it has that still. */
    private void remove(Digest blob) throws IOException {
        for (ImageRow image : tables.load().images().values()) {
            boolean document =
                    image.id().equals(blob)
                            || image.manifests().stream()
                                    .anyMatch(
                                            manifest ->
                                                    manifest.manifest().equals(blob)
                                                            || manifest.root().equals(blob));
            if (document) {
                catalog.delete(image.id());
            }
        }
        content.delete(blob);
    }

    private void checkLayers(boolean repair, List<Finding> findings) throws IOException {
        // Rows first: a layer has its directory before its row.
        Set<Digest> missing = new HashSet<>(tables.load().layers().keySet());
        missing.removeAll(snapshotter.layers());
        ImageTables.Contents now = tables.load();
        missing.retainAll(now.layers().keySet());
        for (ImageRow image : now.images().values()) {
            for (Digest layer : image.layers()) {
                if (missing.contains(layer)) {
                    findings.add(
                            mended(
                                    "image",
                                    image.id(),
                                    "its layer " + layer + " is gone",
                                    repair,
                                    () -> catalog.delete(image.id())));
                    break;
                }
            }
        }
        for (Digest layer : missing) {
            findings.add(
                    mended(
                            "layer",
                            layer,
                            "its directory is gone",
                            repair,
                            () -> tables.deleteLayers(Set.of(layer))));
        }
    }

    /** Returns how many there were. */
    private long checkFiles(boolean repair, List<Finding> findings) throws IOException {
        Map<Digest, LayerPlan> layers = new LinkedHashMap<>();
        for (Image image : catalog.list()) {
            if (image.artifactType().isEmpty()) {
                plans(image).forEach(layer -> layers.putIfAbsent(layer.chainId(), layer));
            }
        }
        for (LayerPlan layer : layers.values()) {
            String problem = files.problem(layer);
            if (!problem.isEmpty()) {
                Digest chainId = layer.chainId();
                findings.add(mended("layer", chainId, problem, repair, () -> replace(chainId)));
            }
        }
        return layers.size();
    }

    private List<LayerPlan> plans(Image image) throws IOException {
        try {
            return LayerPlan.of(catalog.manifest(image), image.config());
        } catch (NotFoundException e) {
            // Removed since it was listed, or damaged, which its blobs tell.
            return List.of();
        }
    }

    /** Its images go with it, and come again when they are wanted. */
    private void replace(Digest layer) throws IOException {
        ImageTables.Contents now = tables.load();
        List<String> users =
                now.ofContainers().stream()
                        .filter(each -> each.layers().contains(layer))
                        .map(RootfsRow::container)
                        .distinct()
                        .toList();
        if (!users.isEmpty()) {
            throw new FailedPreconditionException(
                    "it is below containers, which have to be removed first: "
                            + String.join(", ", users));
        }
        for (ImageRow image : now.images().values()) {
            if (image.layers().contains(layer)) {
                catalog.delete(image.id());
            }
        }
        Optional<Digest> made = Optional.ofNullable(snapshotter.aliases().get(layer));
        tables.builds().delete(made.map(it -> Set.of(layer, it)).orElse(Set.of(layer)));
        collector.collect(Partial.KEEP);
        if (snapshotter.find(layer).isPresent()) {
            throw new FailedPreconditionException("a pull or a build holds it; try again");
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private static Finding mended(
            String kind, Digest subject, String problem, boolean repair, Step step) {
        String failure = "";
        if (repair) {
            try {
                step.run();
            } catch (IOException | ServiceException e) {
                failure = String.valueOf(e.getMessage());
            }
        }
        return new Finding(kind, subject.toString(), problem, repair && failure.isEmpty(), failure);
    }
}
