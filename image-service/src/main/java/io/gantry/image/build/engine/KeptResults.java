package io.gantry.image.build.engine;

import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildCache.Entry;
import io.gantry.image.build.api.BuildCache.Kind;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.metadata.BuildStepRow;
import io.gantry.image.metadata.BuildTables;
import io.gantry.image.snapshot.DiskUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The results of earlier builds, listed and taken away. Thread-safe. */
public final class KeptResults {

    private final Tools tools;
    private final BuildTables tables;
    private final Leases leases;
    private final CacheMounts mounts;

    KeptResults(Tools tools, BuildTables tables, Leases leases, CacheMounts mounts) {
        this.tools = tools;
        this.tables = tables;
        this.leases = leases;
        this.mounts = mounts;
    }

    /** All entries, the one used last first. */
    public List<Entry> list() throws IOException {
        Set<Digest> shared = new HashSet<>(tools.snapshotter().aliases().values());
        Set<Digest> held = leases.held();
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
                            held.contains(step.layer())));
        }
        entries.addAll(directories());
        entries.sort(BuildCache.LATEST_FIRST);
        return entries;
    }

    private List<Entry> directories() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (CacheMounts.Known each : mounts.known()) {
            try {
                entries.add(directory(each));
            } catch (NoSuchFileException e) {
                // Taken away meanwhile.
            }
        }
        return entries;
    }

    private Entry directory(CacheMounts.Known of) throws IOException {
        Path directory = of.directory();
        Instant used = Files.getLastModifiedTime(directory).toInstant();
        long bytes = DiskUsage.of(tools.kernel(), directory).bytes();
        String name = mounts.nameOf(directory);
        boolean inUse = mounts.inUse(directory);
        return new Entry(name, Kind.MOUNT, of.id(), bytes, used, used, 0, false, inUse);
    }

    /**
     * Takes entries away; files of steps go with the collection that follows, which spares those
     * that running builds hold.
     *
     * @return those that were taken away
     */
    public List<Entry> remove(List<Entry> entries) throws IOException {
        Set<Digest> held = leases.held();
        List<Entry> gone = new ArrayList<>();
        List<Digest> layers = new ArrayList<>();
        for (Entry entry : entries) {
            switch (entry.kind()) {
                case STEP -> {
                    Digest layer = Digest.parse(entry.id());
                    if (!held.contains(layer)) {
                        layers.add(layer);
                        gone.add(entry);
                    }
                }
                case MOUNT -> {
                    if (mounts.remove(entry.id())) {
                        gone.add(entry);
                    }
                }
                case CONTEXT -> {
                    // Not kept here.
                }
            }
        }
        tables.delete(layers);
        return gone;
    }
}
