package io.gantry.image.gc;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.RootfsRow;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Marks what images, containers and leases need, and removes the rest: rows first, then layers,
 * then blobs. Thread-safe; one collection at a time.
 */
public final class GarbageCollector {

    private static final Logger log = LoggerFactory.getLogger(GarbageCollector.class);

    private final ImageTables tables;
    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final Leases leases;

    public GarbageCollector(
            ImageTables tables, ContentStore content, Snapshotter snapshotter, Leases leases) {
        this.tables = tables;
        this.content = content;
        this.snapshotter = snapshotter;
        this.leases = leases;
    }

    /** What happens to blobs that came only in part. */
    public enum Partial {
        /** They stay, for a pull that is tried again. */
        KEEP,
        /** They go unless under lease. */
        REMOVE
    }

    /**
     * What was removed.
     *
     * @param layers number of layers
     * @param blobs number of blobs, whole and partial
     */
    public record Collected(int layers, int blobs) {}

    /** Removes everything that nothing needs. */
    public Collected collect(Partial partial) throws IOException {
        Collected collected = leases.exclusively(held -> sweep(marked(held), partial));
        log.atDebug()
                .addKeyValue("layers", collected.layers)
                .addKeyValue("blobs", collected.blobs)
                .log("garbage collected");
        return collected;
    }

    private Marked marked(Set<Digest> held) {
        ImageTables.Contents contents = tables.load();
        Set<Digest> needed = new HashSet<>(held);
        for (ImageRow image : contents.images().values()) {
            needed.add(image.id());
            needed.add(image.manifest());
            needed.addAll(image.blobs());
            needed.addAll(image.layers());
        }
        for (RootfsRow rootfs : contents.rootfs().values()) {
            needed.addAll(rootfs.layers());
        }
        return new Marked(needed, contents.layers().keySet());
    }

    private Collected sweep(Marked marked, Partial partial) throws IOException {
        Set<Digest> rows = new HashSet<>(marked.layerRows);
        rows.removeAll(marked.needed);
        tables.deleteLayers(rows);
        int layers = 0;
        for (Digest layer : snapshotter.layers()) {
            if (!marked.needed.contains(layer)) {
                snapshotter.removeLayer(layer);
                layers++;
            }
        }
        int blobs = 0;
        for (Digest blob : content.list()) {
            if (!marked.needed.contains(blob) && content.delete(blob)) {
                blobs++;
            }
        }
        if (partial == Partial.REMOVE) {
            blobs += removePartial(marked.needed);
        }
        return new Collected(layers, blobs);
    }

    private int removePartial(Set<Digest> needed) throws IOException {
        int removed = 0;
        for (Digest blob : content.listPartial()) {
            if (!needed.contains(blob)) {
                content.deletePartial(blob);
                removed++;
            }
        }
        return removed;
    }

    private record Marked(Set<Digest> needed, Set<Digest> layerRows) {}
}
