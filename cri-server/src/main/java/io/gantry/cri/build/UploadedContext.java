package io.gantry.cri.build;

import io.gantry.base.error.CancelledException;
import io.gantry.cri.build.ContextIndex.Row;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A context that came, whole or what seemed to be needed. From the first file that becomes one of a
 * layer to {@link #settle} there is no index, so that an end of the daemon between them costs an
 * upload and leaves no file with two names. Thread-safe.
 */
final class UploadedContext implements BuildContext, ContextMoves {

    private final Path files;
    private final Path index;
    private final String boot;
    private final NavigableMap<String, Row> rows;
    private final Set<String> twice = new HashSet<>();
    private final Set<String> altered = new HashSet<>();
    private boolean sealed;
    private final ReentrantLock completing = new ReentrantLock();
    private final Rest rest;
    private volatile SortedMap<String, Entry> entries;
    private boolean isWhole;
    private boolean changed;

    /** Whether what is on disk is not what the rows say. */
    private boolean broken;

    /** Files that come later, if they come. */
    @FunctionalInterface
    interface Rest {
        /** Has them come. */
        Map<String, Row> fetch() throws IOException, InterruptedException;
    }

    /**
     * A context.
     *
     * @param directory that has its files and its index
     * @param absent files that are no rows yet
     * @param rest has those come
     */
    UploadedContext(
            Path directory,
            String boot,
            NavigableMap<String, Row> rows,
            List<ContextEntry> absent,
            Rest rest) {
        this.files = directory.resolve(ContextIndex.FILES);
        this.index = directory.resolve(ContextIndex.FILE);
        this.boot = boot;
        this.rows = rows;
        this.rest = rest;
        this.isWhole = absent.isEmpty();
        SortedMap<String, Entry> known = entries(absent);
        rows.forEach((path, row) -> known.put(path, entry(row.entry(), row.content())));
        this.entries = Collections.unmodifiableSortedMap(known);
    }

    /** Entries of which nothing is known but what a listing says. */
    static SortedMap<String, Entry> entries(List<ContextEntry> listing) {
        SortedMap<String, Entry> known = new TreeMap<>();
        listing.forEach(each -> known.put(each.path(), entry(each, Optional.empty())));
        return known;
    }

    private static Entry entry(ContextEntry entry, Optional<Digest> content) {
        return new Entry(
                entry.mode(),
                entry.size(),
                entry.modifiedNanos(),
                entry.isLink() ? Optional.of(entry.link()) : Optional.empty(),
                entry.rdev(),
                content);
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
    public void complete() throws IOException {
        try {
            completing.lockInterruptibly();
            try {
                if (!isWhole) {
                    fetch();
                    isWhole = true;
                }
            } finally {
                completing.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while files of the context came", e);
        }
    }

    private void fetch() throws IOException, InterruptedException {
        synchronized (this) {
            change();
            broken = true;
        }
        Map<String, Row> arrived = rest.fetch();
        SortedMap<String, Entry> known = new TreeMap<>(entries);
        arrived.forEach((path, row) -> known.put(path, entry(row.entry(), row.content())));
        synchronized (this) {
            rows.putAll(arrived);
            broken = false;
        }
        entries = Collections.unmodifiableSortedMap(known);
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
        altered.removeAll(places.keySet());
    }

    @Override
    public synchronized boolean alter(String name, Alteration alteration) throws IOException {
        if (sealed || !altered.add(name)) {
            return false;
        }
        change();
        if (alteration.run()) {
            return true;
        }
        altered.remove(name);
        return false;
    }

    @Override
    public synchronized Set<String> seal() {
        sealed = true;
        return Set.copyOf(altered);
    }

    @Override
    public synchronized void returned(String name) throws IOException {
        change();
        move(name, Optional.empty());
        twice.remove(name);
        altered.remove(name);
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
        if (changed && !broken) {
            for (String name : twice) {
                Files.deleteIfExists(files.resolve(name));
            }
            twice.clear();
            // No layer came of it: they come again.
            for (String name : altered) {
                Files.deleteIfExists(files.resolve(name));
                rows.remove(name);
            }
            altered.clear();
            ContextIndex.write(index, boot, rows);
            changed = false;
        }
    }
}
