package io.gantry.image.service;

import io.gantry.base.Finding;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Looks at what images are made of while pulls and removals go on: hashes every blob anew, and
 * looks for the directories of layers. What is in those is not compared with the blobs that they
 * were unpacked from: containers have their own upper directories, and nobody writes to the lower.
 */
public final class StoreCheck {

    private static final int BUFFER = 1 << 16;

    private final ImageTables tables;
    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final Catalog catalog;

    StoreCheck(ImageTables tables, ContentStore content, Snapshotter snapshotter, Catalog catalog) {
        this.tables = tables;
        this.content = content;
        this.snapshotter = snapshotter;
        this.catalog = catalog;
    }

    /**
     * What was found.
     *
     * @param blobs that were read
     * @param bytes of them
     */
    public record Report(List<Finding> findings, long blobs, long bytes) {
        public Report {
            findings = List.copyOf(findings);
        }
    }

    /**
     * Looks.
     *
     * @param repair whether to remove what is damaged
     * @param readBlobs whether to hash them, which takes as long as reading them does
     * @throws CancelledException when the thread is interrupted
     */
    public Report run(boolean repair, boolean readBlobs) throws IOException {
        List<Finding> findings = new ArrayList<>();
        long blobs = 0;
        long bytes = 0;
        for (Digest blob : readBlobs ? content.list() : List.<Digest>of()) {
            Read read = read(blob);
            blobs++;
            bytes += read.bytes;
            if (!read.problem.isEmpty()) {
                findings.add(mended("blob", blob, read.problem, repair, () -> remove(blob)));
            }
        }
        checkLayers(repair, findings);
        return new Report(findings, blobs, bytes);
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
