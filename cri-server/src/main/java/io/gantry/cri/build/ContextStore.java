package io.gantry.cri.build;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.cri.build.ContextIndex.Row;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.KeptLayers;
import io.gantry.image.content.Digest;
import io.gantry.runtime.bundle.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The contexts of builds as they were uploaded last, so that the next upload is only what changed:
 * {@code <hash of the key>/<number>}, a further number where a build has the first. Those that were
 * not used lately go. Thread-safe.
 */
public final class ContextStore {

    private static final Logger log = LoggerFactory.getLogger(ContextStore.class);
    private static final Duration KEPT = Duration.ofDays(14);
    private static final int KEPT_AT_MOST = 64;
    private static final String KEY = "key";
    private static final int MAX_KEY = 4096;

    private final Path root;
    private final String boot;
    private final Measure measure;
    private final Keeper keeper;
    private final Clock clock;
    private final Set<Path> used = new HashSet<>();

    /**
     * A store.
     *
     * @param boot id of this run of the machine
     * @param keeper of the layers that have files of contexts
     */
    public ContextStore(Path root, String boot, Measure measure, Keeper keeper, Clock clock) {
        this.root = root;
        this.boot = boot;
        this.measure = measure;
        this.keeper = keeper;
        this.clock = clock;
    }

    /** Tells how much a directory takes up. */
    @FunctionalInterface
    public interface Measure {
        /** Bytes on disk of all that is below a directory, and of itself. */
        long bytes(Path directory) throws IOException;
    }

    /** Keeps layers from being removed. */
    @FunctionalInterface
    public interface Keeper {
        /** Keeps those that are there. */
        KeptLayers keep(Set<Digest> layers);
    }

    /** The place of a context, which one build has until it is closed. */
    public final class Held implements AutoCloseable {
        private final Path directory;
        private final FutureTask<NavigableMap<String, Row>> index;
        private Optional<KeptLayers> layers = Optional.empty();
        private Optional<UploadedContext> context = Optional.empty();

        private Held(Path directory) {
            this.directory = directory;
            this.index =
                    new FutureTask<>(
                            () -> ContextIndex.read(directory.resolve(ContextIndex.FILE), boot));
            Tasks.start("context-index", index);
        }

        /**
         * Begins an upload, once.
         *
         * @param need what of the missing files is wanted
         * @throws io.gantry.base.error.InvalidArgumentException naming an entry that cannot be
         */
        public ContextUpload upload(List<ContextEntry> listing, ContextUpload.Need need)
                throws IOException {
            try {
                NavigableMap<String, Row> known = index.get();
                KeptLayers kept = keeper.keep(layersOf(known));
                layers = Optional.of(kept);
                ContextUpload.Known before = new ContextUpload.Known(known, kept.there());
                return new ContextUpload(directory, boot, listing, before, need);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException("the build was interrupted", e);
            } catch (ExecutionException e) {
                throw new IOException("cannot read what is there: " + e.getCause(), e);
            }
        }

        /**
         * Ends the upload.
         *
         * @param late has files come that were not wanted and turn out to be
         * @throws io.gantry.base.error.InvalidArgumentException naming a file that did not come
         */
        public BuildContext finish(ContextUpload upload, ContextUpload.Late late)
                throws IOException {
            UploadedContext uploaded = upload.finish(late);
            context = Optional.of(uploaded);
            return uploaded;
        }

        @Override
        public void close() {
            try {
                if (context.isPresent()) {
                    context.get().settle();
                }
            } catch (IOException e) {
                // Without an index all of it comes again.
                log.atWarn().addKeyValue("context", directory).setCause(e).log("not kept");
            } finally {
                layers.ifPresent(KeptLayers::close);
                giveBack(directory);
            }
        }
    }

    private static Set<Digest> layersOf(NavigableMap<String, Row> rows) {
        Set<Digest> layers = new HashSet<>();
        rows.values().forEach(row -> row.moved().ifPresent(it -> layers.add(it.layer())));
        return layers;
    }

    /** Takes a place for a context. */
    public synchronized Held take(String key) {
        Path alike = root.resolve(Digest.sha256(key.getBytes(StandardCharsets.UTF_8)).hex());
        int number = 0;
        while (used.contains(alike.resolve(Integer.toString(number)))) {
            number++;
        }
        Path directory = alike.resolve(Integer.toString(number));
        try {
            Files.createDirectories(
                    root,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            Files.createDirectories(directory.resolve(ContextIndex.FILES));
            Files.writeString(
                    alike.resolve(KEY), key.substring(0, Math.min(key.length(), MAX_KEY)));
            Files.setLastModifiedTime(directory, FileTime.from(clock.now()));
        } catch (IOException e) {
            throw failure("keep a context in " + directory, e);
        }
        used.add(directory);
        return new Held(directory);
    }

    /** Removes contexts that were not used for long, and the oldest of too many. */
    public synchronized void sweep() {
        try {
            List<Path> known = new ArrayList<>(directories());
            known.sort(Comparator.comparing(ContextStore::lastUse).reversed());
            Instant since = clock.now().minus(KEPT);
            for (int i = 0; i < known.size(); i++) {
                Path directory = known.get(i);
                boolean goes = i >= KEPT_AT_MOST || lastUse(directory).isBefore(since);
                if (goes && !used.contains(directory)) {
                    delete(directory);
                }
            }
        } catch (IOException e) {
            log.atWarn().addKeyValue("root", root).setCause(e).log("contexts were not swept");
        }
    }

    private void delete(Path directory) throws IOException {
        Trees.delete(directory);
        Path alike = directory.resolveSibling(".").normalize();
        if (numbered(alike).isEmpty()) {
            Trees.delete(alike);
        }
    }

    /** The contexts that are kept, as entries of the cache. */
    public List<BuildCache.Entry> list() {
        List<BuildCache.Entry> entries = new ArrayList<>();
        try {
            for (Path directory : directories()) {
                try {
                    entries.add(entry(directory));
                } catch (NoSuchFileException e) {
                    // Removed meanwhile.
                }
            }
        } catch (IOException e) {
            throw failure("list the contexts in " + root, e);
        }
        return entries;
    }

    private BuildCache.Entry entry(Path directory) throws IOException {
        Path key = directory.resolveSibling(KEY);
        boolean inUse;
        synchronized (this) {
            inUse = used.contains(directory);
        }
        Instant at = Files.getLastModifiedTime(directory).toInstant();
        return new BuildCache.Entry(
                root.relativize(directory).toString(),
                BuildCache.Kind.CONTEXT,
                Files.exists(key) ? Files.readString(key) : "",
                measure.bytes(directory),
                at,
                at,
                0,
                false,
                inUse);
    }

    /**
     * Removes a context that no build has.
     *
     * @param id as an entry has it
     * @return whether it was there and is gone
     */
    public synchronized boolean remove(String id) {
        try {
            for (Path directory : directories()) {
                if (root.relativize(directory).toString().equals(id) && !used.contains(directory)) {
                    delete(directory);
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw failure("remove context " + id, e);
        }
    }

    /** A failure to write as what it means. */
    public static RuntimeException failure(String what, IOException e) {
        String message = String.valueOf(e.getMessage());
        return message.contains("No space left on device")
                ? new ResourceExhaustedException("cannot " + what + ": the disk is full", e)
                : new InternalException("cannot " + what + ": " + message, e);
    }

    private void giveBack(Path directory) {
        synchronized (this) {
            used.remove(directory);
        }
        sweep();
    }

    private List<Path> directories() throws IOException {
        List<Path> all = new ArrayList<>();
        if (Files.isDirectory(root)) {
            try (Stream<Path> alike = Files.list(root)) {
                for (Path each : alike.toList()) {
                    all.addAll(numbered(each));
                }
            }
        }
        return all;
    }

    private static List<Path> numbered(Path alike) throws IOException {
        try (Stream<Path> all = Files.list(alike)) {
            return all.filter(each -> !each.endsWith(KEY)).toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static Instant lastUse(Path directory) {
        try {
            return Files.getLastModifiedTime(directory).toInstant();
        } catch (IOException e) {
            return Instant.EPOCH;
        }
    }
}
