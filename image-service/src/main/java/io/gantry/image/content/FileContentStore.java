package io.gantry.image.content;

import io.gantry.base.AtomicFiles;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content store on disk: {@code blobs/<algorithm>/<hex>} and, for what is on its way, {@code
 * ingest/<algorithm>/<hex>} or, as long as its digest is not known, {@code intake/<id>}, all of one
 * file system. Readable by the owner only. One process at a time owns the directory.
 */
public final class FileContentStore implements ContentStore {

    private static final Logger log = LoggerFactory.getLogger(FileContentStore.class);

    private final Path blobs;
    private final Path ingests;
    private final Path intakes;
    private final IngestTurns turns = new IngestTurns();
    private final ReentrantLock syncing = new ReentrantLock();
    private final Set<Path> unsynced = new HashSet<>();

    private FileContentStore(Path directory) {
        blobs = directory.resolve("blobs");
        ingests = directory.resolve("ingest");
        intakes = directory.resolve("intake");
    }

    /**
     * Opens the store, making its directories where they are missing. What has no digest yet is of
     * no use to this run.
     *
     * @param directory {@code <root>/content}
     */
    public static FileContentStore open(Path directory) throws IOException {
        FileContentStore store = new FileContentStore(directory);
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            createPrivateDirectories(store.blobs.resolve(algorithm.label()));
            createPrivateDirectories(store.ingests.resolve(algorithm.label()));
        }
        createPrivateDirectories(store.intakes);
        try (DirectoryStream<Path> left = Files.newDirectoryStream(store.intakes)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
        return store;
    }

    @Override
    public OptionalLong find(Digest digest) throws IOException {
        try {
            return OptionalLong.of(Files.size(pathIn(blobs, digest)));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public InputStream open(Digest digest) throws IOException {
        try {
            return Files.newInputStream(pathIn(blobs, digest));
        } catch (NoSuchFileException e) {
            throw new NotFoundException("blob " + digest + " is not in the content store", e);
        }
    }

    @Override
    public Optional<Path> file(Digest digest) throws IOException {
        Path file = pathIn(blobs, digest);
        return Files.exists(file) ? Optional.of(file) : Optional.empty();
    }

    @Override
    public Optional<Ingest> ingest(Descriptor expected, Deadline deadline) throws IOException {
        Digest digest = expected.digest();
        turns.take(digest, deadline);
        boolean handedOver = false;
        try {
            if (exists(digest)) {
                return Optional.empty();
            }
            Ingest ingest = FileIngest.open(this, expected, pathIn(ingests, digest));
            handedOver = true;
            return Optional.of(ingest);
        } finally {
            if (!handedOver) {
                turns.leave(digest);
            }
        }
    }

    @Override
    public Intake intake(Digest.Algorithm algorithm, long size) throws IOException {
        if (size > Files.getFileStore(intakes).getUsableSpace()) {
            throw new FileSystemException(
                    intakes.toString(), size + " bytes", "No space left on device");
        }
        return FileIntake.open(this, intakes.resolve(Ids.random()), algorithm);
    }

    @Override
    public boolean delete(Digest digest) throws IOException {
        Path file = pathIn(blobs, digest);
        synchronized (unsynced) {
            unsynced.remove(file);
        }
        return Files.deleteIfExists(file);
    }

    @Override
    public List<Digest> list() throws IOException {
        return digestsIn(blobs);
    }

    @Override
    public List<Digest> listPartial(Instant untouchedSince) throws IOException {
        List<Digest> idle = new ArrayList<>();
        for (Digest digest : digestsIn(ingests)) {
            if (turns.tryTake(digest)) {
                turns.leave(digest);
                if (isUntouched(pathIn(ingests, digest), untouchedSince)) {
                    idle.add(digest);
                }
            }
        }
        return idle;
    }

    @Override
    public OptionalLong findPartial(Digest digest) throws IOException {
        try {
            return OptionalLong.of(Files.size(pathIn(ingests, digest)));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        }
    }

    @Override
    public boolean demote(Digest digest) throws IOException {
        if (!turns.tryTake(digest)) {
            return false;
        }
        try {
            Path file = pathIn(blobs, digest);
            synchronized (unsynced) {
                unsynced.remove(file);
            }
            if ((int) Files.getAttribute(file, "unix:nlink") > 1) {
                // A part may be written to, and so would what is linked to it.
                Files.delete(file);
                return false;
            }
            Files.move(file, pathIn(ingests, digest), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } finally {
            turns.leave(digest);
        }
    }

    @Override
    public void deletePartial(Digest digest) throws IOException {
        if (!turns.tryTake(digest)) {
            return;
        }
        try {
            Files.deleteIfExists(pathIn(ingests, digest));
        } finally {
            turns.leave(digest);
        }
    }

    /** One flush per blob and one per directory, not a rename each: see {@link ContentStore}. */
    @Override
    public void sync() throws IOException {
        // A second caller may rely on a blob that the first is still flushing: it must wait.
        syncing.lock();
        try {
            List<Path> batch;
            synchronized (unsynced) {
                batch = List.copyOf(unsynced);
            }
            if (batch.isEmpty()) {
                return;
            }
            for (Path file : batch) {
                force(file);
            }
            for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
                AtomicFiles.syncDirectory(blobs.resolve(algorithm.label()));
            }
            synchronized (unsynced) {
                unsynced.removeAll(batch);
            }
        } finally {
            syncing.unlock();
        }
    }

    /** Called by an ingest whose bytes have been verified, or by an intake. */
    void commit(Digest digest, Path verified) throws IOException {
        Path file = pathIn(blobs, digest);
        // Who sees the blob and then syncs must find it among the unsynced ones.
        synchronized (unsynced) {
            Files.move(verified, file, StandardCopyOption.ATOMIC_MOVE);
            unsynced.add(file);
        }
    }

    /** Called by an ingest when it closes. */
    void leave(Digest digest) {
        turns.leave(digest);
    }

    private static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (NoSuchFileException e) {
            log.atDebug().addKeyValue("blob", file).log("removed before it was flushed");
        }
    }

    private static boolean isUntouched(Path part, Instant since) throws IOException {
        try {
            return Files.getLastModifiedTime(part).toInstant().isBefore(since);
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static Path pathIn(Path directory, Digest digest) {
        return directory.resolve(digest.algorithm().label()).resolve(digest.hex());
    }

    private static List<Digest> digestsIn(Path directory) throws IOException {
        List<Digest> digests = new ArrayList<>();
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            Path perAlgorithm = directory.resolve(algorithm.label());
            try (DirectoryStream<Path> files = Files.newDirectoryStream(perAlgorithm)) {
                for (Path file : files) {
                    nameOf(algorithm, file).ifPresent(digests::add);
                }
            }
        }
        return digests;
    }

    private static Optional<Digest> nameOf(Digest.Algorithm algorithm, Path file) {
        try {
            return Optional.of(new Digest(algorithm, file.getFileName().toString()));
        } catch (InvalidArgumentException e) {
            log.atWarn().addKeyValue("file", file).log("foreign file in the content store");
            return Optional.empty();
        }
    }

    private static void createPrivateDirectories(Path directory) throws IOException {
        FileAttribute<?> ownerOnly =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        Files.createDirectories(directory, ownerOnly);
    }
}
