package io.gantry.image.service;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.References;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.LayerRow;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Adds up what images take on disk. Thread-safe. */
final class UseCounter {

    private final ImageTables tables;
    private final ContentStore content;
    private final GarbageCollector collector;
    private final ContainerRootfs rootfs;

    UseCounter(
            ImageTables tables,
            ContentStore content,
            GarbageCollector collector,
            ContainerRootfs rootfs) {
        this.tables = tables;
        this.content = content;
        this.collector = collector;
        this.rootfs = rootfs;
    }

    /** What each image takes. */
    Map<Digest, ImageDetails.Use> uses() throws IOException {
        ImageTables.Contents contents = tables.load();
        References references = collector.references(contents);
        Map<Digest, Set<String>> users = rootfs.users();
        Map<Digest, ImageDetails.Use> uses = new LinkedHashMap<>();
        for (ImageRow image : contents.images().values()) {
            Space space = new Space(contents.layers());
            space.add(image);
            long unique = space.sum(references::oneImageNeedsBlob, references::oneImageNeedsLayer);
            uses.put(
                    image.id(),
                    new ImageDetails.Use(
                            space.sum(blob -> true, layer -> true),
                            unique,
                            users.getOrDefault(image.id(), Set.of())));
        }
        return uses;
    }

    /** What images take together, each part counted once: {@code bytes} and what may go. */
    DiskAccounts.Totals totals(Predicate<ImageRow> active) throws IOException {
        ImageTables.Contents contents = tables.load();
        Collection<ImageRow> images = contents.images().values();
        Collection<ImageRow> kept = images.stream().filter(active).toList();
        References needed = collector.references(contents, kept);
        Space space = new Space(contents.layers());
        for (ImageRow image : images) {
            space.add(image);
        }
        return new DiskAccounts.Totals(
                images.size(),
                kept.size(),
                space.sum(blob -> true, layer -> true),
                space.sum(blob -> !needed.needBlob(blob), layer -> !needed.needLayer(layer)));
    }

    /** All packed blobs and parts of such, and of them those that nothing needs. */
    DiskAccounts.Totals content() throws IOException {
        References needed = collector.references(tables.load());
        long active = 0;
        long bytes = 0;
        long reclaimable = 0;
        long count = 0;
        for (Digest blob : content.list()) {
            long size = content.diskBytes(blob);
            count++;
            bytes += size;
            if (needed.needBlob(blob)) {
                active++;
            } else {
                reclaimable += size;
            }
        }
        for (Digest part : content.listPartial()) {
            long size = content.partialDiskBytes(part);
            count++;
            bytes += size;
            reclaimable += size;
        }
        return new DiskAccounts.Totals(count, active, bytes, reclaimable);
    }

    /** Parts of images, each once. */
    private final class Space {
        private final Map<Digest, LayerRow> known;
        private final Map<Digest, Long> blobs = new LinkedHashMap<>();
        private final Map<Digest, Long> layers = new LinkedHashMap<>();

        Space(Map<Digest, LayerRow> known) {
            this.known = known;
        }

        void add(ImageRow image) throws IOException {
            for (Digest blob : References.blobsOf(image)) {
                if (!blobs.containsKey(blob)) {
                    blobs.put(blob, content.diskBytes(blob));
                }
            }
            for (Digest layer : new HashSet<>(image.layers())) {
                LayerRow row = known.get(layer);
                layers.put(layer, row == null ? 0 : row.bytes());
            }
        }

        long sum(Predicate<Digest> ofBlobs, Predicate<Digest> ofLayers) {
            return sum(blobs, ofBlobs) + sum(layers, ofLayers);
        }

        private static long sum(Map<Digest, Long> parts, Predicate<Digest> which) {
            return parts.entrySet().stream()
                    .filter(part -> which.test(part.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }
}
