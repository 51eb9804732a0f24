package io.gantry.image.gc;

import io.gantry.base.Clock;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
     * @param layers chain ids
     * @param blobs number of blobs, whole and partial
     * @param bytes space on disk that they took
     */
    public record Collected(List<Digest> layers, int blobs, long bytes) {
        public Collected {
            layers = List.copyOf(layers);
        }
    }

    /** Removes everything that nothing needs. */
    public Collected collect(Partial partial) throws IOException {
        Collected collected = leases.exclusively(held -> sweep(held, partial));
        tables.keepReserve();
        log.atDebug()
                .addKeyValue("layers", collected.layers.size())
                .addKeyValue("blobs", collected.blobs)
                .addKeyValue("bytes", collected.bytes)
                .log("garbage collected");
        return collected;
    }

    /** Who needs what now; waits for a collection that is under way. */
    public References references(ImageTables.Contents contents) {
        return leases.exclusively(held -> References.of(contents, held));
    }

    /** As {@link #references}, as if the other images of {@code contents} were not there. */
    public References references(ImageTables.Contents contents, Collection<ImageRow> images) {
        return leases.exclusively(held -> References.of(images, contents.ofContainers(), held));
    }

    private Collected sweep(Set<Digest> held, Partial partial) throws IOException {
        ImageTables.Contents contents = tables.load();
        Map<Digest, Digest> aliases = snapshotter.aliases();
        References needed = References.of(contents, withBuilds(contents, held, aliases));
        Set<Digest> rows = new HashSet<>(contents.layers().keySet());
        rows.removeIf(needed::needLayer);
        // Durable before any file goes, and with it what was deleted before.
        tables.deleteLayers(rows);
        tables.blobSources()
                .delete(
                        tables.blobSources().blobs().stream()
                                .filter(blob -> !needed.needBlob(blob))
                                .toList());
        long bytes = 0;
        List<Digest> layers = new ArrayList<>();
        for (Digest layer : namesBeforeFiles(snapshotter.layers(), aliases.keySet())) {
            if (!needed.needLayer(layer)) {
                boolean frees = !aliases.containsKey(layer);
                bytes +=
                        frees
                                ? snapshotter.find(layer).map(it -> it.usage().bytes()).orElse(0L)
                                : 0;
                snapshotter.removeLayer(layer);
                layers.add(layer);
            }
        }
        int blobs = 0;
        for (Digest blob : content.list()) {
            if (!needed.needBlob(blob)) {
                long size = content.diskBytes(blob);
                if (remove(blob, partial)) {
                    bytes += size;
                    blobs++;
                }
            }
        }
        for (Digest part : abandoned(partial)) {
            if (!needed.needBlob(part)) {
                bytes += content.partialDiskBytes(part);
                content.deletePartial(part);
                blobs++;
            }
        }
        return new Collected(layers, blobs, bytes);
    }

    /** The parts of blobs that no pull will go on with. */
    private List<Digest> abandoned(Partial partial) throws IOException {
        return switch (partial) {
            case KEEP -> List.of();
            case AGE, RESUME -> content.listPartial(clock.now().minus(MAX_IDLE));
            case REMOVE -> content.listPartial();
        };
    }

    /** What is held, the results of builds, and layers that are needed by another name. */
    private Set<Digest> withBuilds(
            ImageTables.Contents contents, Set<Digest> held, Map<Digest, Digest> aliases) {
        Set<Digest> all = new HashSet<>(held);
        all.addAll(tables.builds().layers());
        References needed = References.of(contents, held);
        aliases.forEach(
                (chainId, layer) -> {
                    if (needed.needLayer(chainId)) {
                        all.add(layer);
                    }
                });
        return all;
    }

    /** A further name of a layer must not outlive it. */
    private static List<Digest> namesBeforeFiles(Set<Digest> layers, Set<Digest> names) {
        List<Digest> ordered = new ArrayList<>(layers);
        ordered.sort(Comparator.comparing(layer -> !names.contains(layer)));
        return ordered;
    }

    private boolean remove(Digest blob, Partial partial) throws IOException {
        if (partial == Partial.RESUME) {
            content.demote(blob);
            return false;
        }
        return content.delete(blob);
    }
}
