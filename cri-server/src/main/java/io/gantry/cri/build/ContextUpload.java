package io.gantry.cri.build;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.build.ContextIndex.Row;
import io.gantry.image.build.api.BuildContext;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

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
    private final List<Integer> rest = new ArrayList<>();

    /**
     * Of the file that is coming: one at a time, and a new one each would cost more than a file.
     */
    private final MessageDigest hash = Digest.Algorithm.SHA256.newHash();

    /** Whether there was nothing before. */
    private final boolean afresh;

    private boolean changes;

    /** Takes the rows of files as they come. */
    private Map<String, Row> arriving;

    /**
     * What was uploaded before.
     *
     * @param rows which this changes; empty: nothing that counts
     * @param layers that are there, of those that have files
     */
    record Known(NavigableMap<String, Row> rows, Set<Digest> layers) {}

    /** Tells which files are wanted, of those that are missing. */
    @FunctionalInterface
    public interface Need {
        /**
         * Takes paths of files.
         *
         * @param listing all that there is, contents not counted
         */
        Predicate<String> among(Supplier<SortedMap<String, BuildContext.Entry>> listing);
    }

    /** Has files come that were not wanted at first. */
    @FunctionalInterface
    public interface Late {
        /**
         * Has each of them come, in this order, to {@link #receive}.
         *
         * @throws InterruptedException when the build is over
         */
        void fetch(List<Integer> entries, ContextUpload upload)
                throws IOException, InterruptedException;
    }

    /** Begins. */
    ContextUpload(Path directory, String boot, List<ContextEntry> listing, Known known, Need need)
            throws IOException {
        this.directory = directory;
        this.files = directory.resolve(ContextIndex.FILES);
        this.index = directory.resolve(ContextIndex.FILE);
        this.boot = boot;
        this.listing = listing;
        this.entries = ContextRules.check(listing);
        this.rows = known.rows;
        this.arriving = rows;
        rows.values()
                .removeIf(
                        row ->
                                row.moved()
                                        .filter(it -> !known.layers.contains(it.layer()))
                                        .isPresent());
        this.afresh = rows.isEmpty();
        if (afresh) {
            // Nobody knows what is there.
            change();
            Trees.delete(files);
            Files.createDirectories(files);
        }
        removeOthers();
        List<Integer> missing = makeAll();
        if (!missing.isEmpty()) {
            Predicate<String> needed = need.among(() -> UploadedContext.entries(listing));
            missing.forEach(it -> (needed.test(listing.get(it).path()) ? wanted : rest).add(it));
        }
        if (!wanted.isEmpty()) {
            change();
        }
    }

    /** The files that are missing and needed, by their place in the listing, ascending. */
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
    UploadedContext finish(Late late) throws IOException {
        requireAll(wanted, rows);
        if (changes) {
            dateDirectories();
            ContextIndex.write(index, boot, rows);
        }
        List<ContextEntry> absent = rest.stream().map(listing::get).toList();
        return new UploadedContext(directory, boot, rows, absent, () -> complete(late));
    }

    /** The rows of what was not wanted at first, which comes now; there is no index meanwhile. */
    private Map<String, Row> complete(Late late) throws IOException, InterruptedException {
        arriving = new HashMap<>();
        late.fetch(Collections.unmodifiableList(rest), this);
        requireAll(rest, arriving);
        dateDirectories();
        return arriving;
    }

    private void requireAll(List<Integer> files, Map<String, Row> there) {
        for (int each : files) {
            if (!there.containsKey(listing.get(each).path())) {
                throw new InvalidArgumentException(
                        "the content of \"" + listing.get(each).path() + "\" did not come");
            }
        }
    }

    private void dateDirectories() throws IOException {
        for (ContextEntry entry : entries.descendingMap().values()) {
            if (entry.isDirectory()) {
                date(entry);
            }
        }
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

    /** Makes everything but files; those that are missing, by their place in the listing. */
    private List<Integer> makeAll() throws IOException {
        List<Integer> missing = new ArrayList<>();
        for (int i = 0; i < listing.size(); i++) {
            ContextEntry entry = listing.get(i);
            Row before = rows.get(entry.path());
            boolean isSame = before != null && isSame(before.entry(), entry);
            if (!isSame && entry.isFile()) {
                missing.add(i);
                if (before != null) {
                    change();
                    rows.remove(entry.path());
                    Files.deleteIfExists(files.resolve(entry.path()));
                }
            } else if (!isSame) {
                change();
                make(entry);
            }
        }
        return missing;
    }

    private static boolean isSame(ContextEntry before, ContextEntry now) {
        if (now.isDirectory()) {
            return before.mode() == now.mode() && before.modifiedNanos() == now.modifiedNanos();
        }
        return !before.unsettled() && before.equals(now);
    }

    private void make(ContextEntry entry) throws IOException {
        Path path = files.resolve(entry.path());
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
            arriving.put(entry.path(), new Row(whole, Optional.of(content), Optional.empty()));
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
