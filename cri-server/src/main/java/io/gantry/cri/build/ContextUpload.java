package io.gantry.cri.build;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.build.ContextIndex.Row;
import io.gantry.image.content.Digest;
import io.gantry.runtime.bundle.Trees;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Makes a directory what a listing says, with what is missing as it comes. Nothing is written when
 * nothing differs. From the first change to {@link #finish} there is no index: a half upload counts
 * for nothing. Used by one thread, once.
 */
public final class ContextUpload {

    private final Path directory;
    private final Path files;
    private final Path index;
    private final String boot;
    private final List<ContextEntry> listing;
    private final NavigableMap<String, ContextEntry> entries;
    private final NavigableMap<String, Row> rows;
    private final List<Integer> wanted = new ArrayList<>();

    /**
     * Of the file that is coming: one at a time, and a new one each would cost more than a file.
     */
    private final MessageDigest hash = Digest.Algorithm.SHA256.newHash();

    /** Whether there was nothing before. */
    private final boolean afresh;

    private boolean changes;

    /**
     * Begins.
     *
     * @param known what was uploaded before, which this changes; empty: nothing that counts
     * @param layers that are there, of those that have files
     */
    ContextUpload(
            Path directory,
            String boot,
            List<ContextEntry> listing,
            NavigableMap<String, Row> known,
            Set<Digest> layers)
            throws IOException {
        this.directory = directory;
        this.files = directory.resolve(ContextIndex.FILES);
        this.index = directory.resolve(ContextIndex.FILE);
        this.boot = boot;
        this.listing = listing;
        this.entries = ContextRules.check(listing);
        this.rows = known;
        rows.values()
                .removeIf(
                        row -> row.moved().filter(it -> !layers.contains(it.layer())).isPresent());
        this.afresh = rows.isEmpty();
        if (afresh) {
            // Nobody knows what is there.
            change();
            Trees.delete(files);
            Files.createDirectories(files);
        }
        removeOthers();
        makeAll();
    }

    /** The files that are missing, by their place in the listing, ascending. */
    public List<Integer> wanted() {
        return Collections.unmodifiableList(wanted);
    }

    /**
     * Takes the content of a wanted file, from its first byte to its close; the next comes then.
     */
    public Incoming receive(int entry) throws IOException {
        return new Incoming(listing.get(entry));
    }

    /** What came of it; all that is wanted has come. */
    UploadedContext finish() throws IOException {
        for (int each : wanted) {
            if (!rows.containsKey(listing.get(each).path())) {
                throw new InvalidArgumentException(
                        "the content of \"" + listing.get(each).path() + "\" did not come");
            }
        }
        if (changes) {
            for (ContextEntry entry : entries.descendingMap().values()) {
                if (entry.isDirectory()) {
                    date(entry);
                }
            }
            ContextIndex.write(index, boot, rows);
        }
        return new UploadedContext(directory, boot, rows);
    }

    private void change() throws IOException {
        if (!changes) {
            changes = true;
            Files.deleteIfExists(index);
        }
    }

    /** What is not listed goes, and what is of another kind now; from below. */
    private void removeOthers() throws IOException {
        for (Map.Entry<String, Row> each : List.copyOf(rows.descendingMap().entrySet())) {
            ContextEntry now = entries.get(each.getKey());
            if (now == null || !now.isOfKind(each.getValue().entry())) {
                change();
                Files.deleteIfExists(files.resolve(each.getKey()));
                rows.remove(each.getKey());
            }
        }
    }

    private void makeAll() throws IOException {
        for (int i = 0; i < listing.size(); i++) {
            ContextEntry entry = listing.get(i);
            Row before = rows.get(entry.path());
            if (before == null || !isSame(before.entry(), entry)) {
                change();
                make(entry, i);
            }
        }
    }

    private static boolean isSame(ContextEntry before, ContextEntry now) {
        if (now.isDirectory()) {
            return before.mode() == now.mode() && before.modifiedNanos() == now.modifiedNanos();
        }
        return !before.unsettled() && before.equals(now);
    }

    private void make(ContextEntry entry, int number) throws IOException {
        Path path = files.resolve(entry.path());
        if (entry.isFile()) {
            rows.remove(entry.path());
            wanted.add(number);
            return;
        }
        if (entry.isDirectory()) {
            if (!rows.containsKey(entry.path())) {
                Files.createDirectory(path);
            }
            Files.setAttribute(path, "unix:mode", entry.permissions());
        } else if (entry.isLink()) {
            Files.deleteIfExists(path);
            Files.createSymbolicLink(path, Path.of(entry.link()));
        }
        // A node is in the listing alone: nobody opens one.
        rows.put(entry.path(), new Row(entry, Optional.empty(), Optional.empty()));
    }

    private void date(ContextEntry entry) throws IOException {
        Files.setAttribute(
                files.resolve(entry.path()),
                "lastModifiedTime",
                FileTime.from(entry.modifiedNanos(), TimeUnit.NANOSECONDS),
                LinkOption.NOFOLLOW_LINKS);
    }

    /** A file that comes in pieces. */
    public final class Incoming implements AutoCloseable {

        private final ContextEntry entry;
        private final OutputStream out;
        private long size;

        private Incoming(ContextEntry entry) throws IOException {
            this.entry = entry;
            hash.reset();
            Path path = files.resolve(entry.path());
            if (!afresh) {
                // Not in place: what was there may be mounted still, or be a link.
                Files.deleteIfExists(path);
            }
            this.out = Files.newOutputStream(path, CREATE_NEW, WRITE);
        }

        /** Takes a piece. */
        public void write(byte[] bytes) throws IOException {
            hash.update(bytes);
            out.write(bytes);
            size += bytes.length;
        }

        /** All of it has come. */
        public void finish() throws IOException {
            out.close();
            Files.setAttribute(files.resolve(entry.path()), "unix:mode", entry.permissions());
            date(entry);
            ContextEntry whole =
                    new ContextEntry(
                            entry.path(),
                            entry.mode(),
                            size,
                            entry.modifiedNanos(),
                            "",
                            0,
                            entry.changedNanos(),
                            entry.inode(),
                            // One that grew while it was read has to come again.
                            entry.unsettled() || size != entry.size());
            Digest content = Digest.finish(Digest.Algorithm.SHA256, hash);
            rows.put(entry.path(), new Row(whole, Optional.of(content), Optional.empty()));
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
