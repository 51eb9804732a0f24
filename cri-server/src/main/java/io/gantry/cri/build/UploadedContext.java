package io.gantry.cri.build;

import io.gantry.cri.build.ContextIndex.Row;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A context that came whole. From the first file that becomes one of a layer to {@link #settle}
 * there is no index, so that an end of the daemon between them costs an upload and leaves no file
 * with two names. Thread-safe.
 */
final class UploadedContext implements BuildContext, ContextMoves {

    private final Path files;
    private final Path index;
    private final String boot;
    private final NavigableMap<String, Row> rows;
    private final SortedMap<String, Entry> entries;
    private final Set<String> twice = new HashSet<>();
    private boolean changed;

    /**
     * A context.
     *
     * @param directory that has its files and its index
     */
    UploadedContext(Path directory, String boot, NavigableMap<String, Row> rows) {
        this.files = directory.resolve(ContextIndex.FILES);
        this.index = directory.resolve(ContextIndex.FILE);
        this.boot = boot;
        this.rows = rows;
        TreeMap<String, Entry> known = new TreeMap<>();
        rows.forEach((path, row) -> known.put(path, entry(row)));
        this.entries = Collections.unmodifiableSortedMap(known);
    }

    private static Entry entry(Row row) {
        ContextEntry entry = row.entry();
        return new Entry(
                entry.mode(),
                entry.size(),
                entry.modifiedNanos(),
                entry.isLink() ? Optional.of(entry.link()) : Optional.empty(),
                entry.rdev(),
                row.content());
    }

    @Override
    public Path directory() {
        return files;
    }

    @Override
    public SortedMap<String, Entry> entries() {
        return entries;
    }

    @Override
    public Optional<ContextMoves> moves() {
        return Optional.of(this);
    }

    @Override
    public synchronized Optional<Place> find(String name) {
        return Optional.ofNullable(rows.get(name)).flatMap(Row::moved);
    }

    @Override
    public synchronized void add(Digest layer, Map<String, String> places) throws IOException {
        change();
        places.forEach((name, path) -> move(name, Optional.of(new Place(layer, path))));
        twice.addAll(places.keySet());
    }

    @Override
    public synchronized void returned(String name) throws IOException {
        change();
        move(name, Optional.empty());
        twice.remove(name);
    }

    private void change() throws IOException {
        if (!changed) {
            changed = true;
            Files.deleteIfExists(index);
        }
    }

    private void move(String name, Optional<Place> place) {
        rows.computeIfPresent(name, (_, row) -> new Row(row.entry(), row.content(), place));
    }

    /** Once no build has it: what layers have is theirs alone from now on. */
    synchronized void settle() throws IOException {
        if (changed) {
            for (String name : twice) {
                Files.deleteIfExists(files.resolve(name));
            }
            twice.clear();
            ContextIndex.write(index, boot, rows);
            changed = false;
        }
    }
}
