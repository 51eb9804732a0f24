package io.gantry.image.gc;

import io.gantry.base.Clock;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.RootfsRow;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
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
    private final Clock clock;

    public GarbageCollector(
            ImageTables tables,
            ContentStore content,
            Snapshotter snapshotter,
            Leases leases,
            Clock clock) {
        this.tables = tables;
        this.content = content;
        this.snapshotter = snapshotter;
        this.leases = leases;
        this.clock = clock;
    }

    /** How long what a pull left lies about for the pull to be tried again. */
    public static final Duration MAX_IDLE = Duration.ofDays(1);

    /** What happens to blobs that came only in part, unless they are under lease. */
    public enum Partial {
        /** They stay, for a pull that is tried again. */
        KEEP,
        /** Those go to which nothing was added for {@link #MAX_IDLE}. */
        AGE,
        /** As {@link #AGE}; whole blobs that nothing needs become parts rather than go. */
        RESUME,
        /** They go. */
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
            if (!marked.needed.contains(blob) && remove(blob, partial)) {
                blobs++;
            }
        }
        switch (partial) {
            case KEEP -> {}
            case AGE, RESUME -> blobs += removePartial(marked.needed, clock.now().minus(MAX_IDLE));
            case REMOVE -> blobs += removePartial(marked.needed, Instant.MAX);
        }
        return new Collected(layers, blobs);
    }

    private boolean remove(Digest blob, Partial partial) throws IOException {
        if (partial == Partial.RESUME) {
            content.demote(blob);
            return false;
        }
        return content.delete(blob);
    }

    private int removePartial(Set<Digest> needed, Instant untouchedSince) throws IOException {
        int removed = 0;
        for (Digest blob : content.listPartial(untouchedSince)) {
            if (!needed.contains(blob)) {
                content.deletePartial(blob);
                removed++;
            }
        }
        return removed;
    }

    private record Marked(Set<Digest> needed, Set<Digest> layerRows) {}
}
