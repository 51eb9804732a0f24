package io.gantry.image.build.engine;

import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildCache.Entry;
import io.gantry.image.build.api.BuildCache.Kind;
import io.gantry.image.build.api.BuildCache.PruneOrder;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.FileTree;
import io.gantry.image.metadata.BuildStepRow;
import io.gantry.image.metadata.BuildTables;
import io.gantry.image.snapshot.DiskUsage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The results of earlier builds, listed and taken away. Thread-safe. */
public final class KeptResults {

    private final Tools tools;
    private final BuildTables tables;
    private final CacheMounts mounts;

    KeptResults(Tools tools, BuildTables tables, CacheMounts mounts) {
        this.tools = tools;
        this.tables = tables;
        this.mounts = mounts;
    }

    /** All entries, the one used last first. */
    public List<Entry> list() throws IOException {
        Set<Digest> shared = new HashSet<>(tools.snapshotter().aliases().values());
        List<Entry> entries = new ArrayList<>();
        for (BuildStepRow step : tables.steps()) {
            boolean ofImage = shared.contains(step.layer());
            entries.add(
                    new Entry(
                            step.layer().toString(),
                            Kind.STEP,
                            step.description(),
                            ofImage ? 0 : step.bytes(),
                            step.created(),
                            step.used(),
                            step.uses(),
                            ofImage,
                            false));
        }
        entries.addAll(directories());
        entries.sort(Comparator.comparing(Entry::lastUsed).reversed());
        return entries;
    }

    private List<Entry> directories() throws IOException {
        List<Entry> entries = new ArrayList<>();
        if (!Files.isDirectory(mounts.root())) {
            return entries;
        }
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(mounts.root())) {
            for (Path cache : caches) {
                String id = Files.readString(cache.resolve("id"));
                try (DirectoryStream<Path> parts = Files.newDirectoryStream(cache, "[0-9]*")) {
                    for (Path part : parts) {
                        entries.add(directory(id, part));
                    }
                }
            }
        }
        return entries;
    }

    private Entry directory(String id, Path directory) throws IOException {
        Instant used = Files.getLastModifiedTime(directory).toInstant();
        long bytes = DiskUsage.of(tools.kernel(), directory).bytes();
        String name = mounts.root().relativize(directory).toString();
        boolean inUse = mounts.inUse(directory);
        return new Entry(name, Kind.MOUNT, id, bytes, used, used, 0, false, inUse);
    }

    /**
     * Takes entries away; files of steps go with the collection that follows, which spares those
     * that running builds hold.
     */
    public List<Entry> prune(PruneOrder order) throws IOException {
        List<Entry> gone = new ArrayList<>();
        long kept = 0;
        for (Entry entry : list()) {
            boolean fits =
                    !entry.inUse()
                            && (order.all() || !entry.shared())
                            && order.unusedSince().map(entry.lastUsed()::isBefore).orElse(true);
            boolean stays = order.keepBytes() > 0 && kept + entry.bytes() <= order.keepBytes();
            if (!fits || stays) {
                kept += entry.bytes();
            } else {
                gone.add(entry);
            }
        }
        List<Digest> layers = new ArrayList<>();
        for (Entry entry : gone) {
            if (entry.kind() == BuildCache.Kind.STEP) {
                layers.add(Digest.parse(entry.id()));
            } else {
                FileTree.remove(mounts.root().resolve(entry.id()));
            }
        }
        tables.delete(layers);
        return gone;
    }
}
