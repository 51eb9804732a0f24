package io.gantry.image.archive;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.archive.ArchiveFiles.Stored;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.content.Intake;
import io.gantry.image.layer.Compression;
import io.gantry.image.layer.TarFiles;
import io.gantry.image.manifest.Document;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the images of an archive into a content store. Files become blobs as they come by, since
 * what they are may be said at the archive's end only. Used by one thread.
 */
public final class ArchiveReader {

    private static final int MAX_ENTRIES = 100_000;
    private static final int BUFFER = 128 * 1024;
    private static final Set<String> TEXTS =
            Set.of(ArchiveImages.OCI_INDEX, ArchiveImages.OCI_LAYOUT, ArchiveImages.DOCKER);
    // Names and ids of before manifest.json, which says it all.
    private static final Set<String> IGNORED = Set.of("repositories");

    private final ContentStore content;
    private final Consumer<Digest> hold;
    private final Runnable check;
    private final byte[] buffer = new byte[BUFFER];

    /**
     * A reader.
     *
     * @param hold protects a blob from collections
     * @param check called now and then, throws to end the reading
     */
    public ArchiveReader(ContentStore content, Consumer<Digest> hold, Runnable check) {
        this.content = content;
        this.hold = hold;
        this.check = check;
    }

    /**
     * Reads an archive to its end; packed by gzip or zstd or not at all.
     *
     * @return its images, whose documents and layers are in the content store
     * @throws InvalidArgumentException when it is no archive of images
     * @throws InvalidArchiveException when it is damaged or hostile
     * @throws IOException when the content store fails
     */
    public List<ArchivedImage> read(InputStream in) throws IOException {
        TarFiles tar = open(in);
        ArchiveFiles files = new ArchiveFiles();
        int entries = 0;
        for (TarFiles.Entry entry = next(tar, entries); entry != null; entry = next(tar, entries)) {
            check.run();
            if (++entries > MAX_ENTRIES) {
                throw new InvalidArchiveException(
                        "the archive has more than " + MAX_ENTRIES + " entries");
            }
            add(files, entry, tar);
        }
        return new ArchiveImages(files, content, hold).list();
    }

    private void add(ArchiveFiles files, TarFiles.Entry entry, TarFiles tar) throws IOException {
        String path = ArchivePath.ofEntry(entry.name());
        switch (entry.kind()) {
            case DIRECTORY -> {}
            case SYMLINK -> files.addLink(path, ArchivePath.ofSymlink(path, entry.target()));
            case HARD_LINK -> files.addLink(path, ArchivePath.ofEntry(entry.target()));
            case OTHER ->
                    throw InvalidArchiveException.ofEntry(
                            tar.current(), "it is neither file, directory nor link");
            case FILE -> {
                if (TEXTS.contains(path)) {
                    files.addText(path, text(entry, tar));
                } else if (!IGNORED.contains(path)) {
                    files.addBlob(path, store(path, entry.size(), tar));
                }
            }
        }
    }

    private byte[] text(TarFiles.Entry entry, TarFiles tar) {
        if (entry.size() > Document.MAX_BYTES) {
            throw InvalidArchiveException.ofEntry(
                    tar.current(),
                    "it has "
                            + entry.size()
                            + " bytes, more than the "
                            + Document.MAX_BYTES
                            + " that are accepted");
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int got = read(tar); got >= 0; got = read(tar)) {
            bytes.write(buffer, 0, got);
        }
        return bytes.toByteArray();
    }

    private Stored store(String path, long size, TarFiles tar) throws IOException {
        Optional<Digest> named = ArchivePath.digestIn(path);
        named.ifPresent(hold);
        if (named.isPresent() && content.exists(named.get())) {
            return compare(named.get(), tar);
        }
        Digest.Algorithm algorithm = named.map(Digest::algorithm).orElse(Digest.Algorithm.SHA256);
        try (Intake intake = content.intake(algorithm, size)) {
            for (int got = read(tar); got >= 0; got = read(tar)) {
                check.run();
                intake.write(buffer, 0, got);
            }
            Digest digest = intake.digest();
            checkDigest(named.orElse(digest), digest, tar);
            hold.accept(digest);
            intake.commit();
            return new Stored(digest, intake.written());
        }
    }

    /** What is here already is not written again, and must still be what its name says. */
    private Stored compare(Digest named, TarFiles tar) {
        MessageDigest hash = named.algorithm().newHash();
        long size = 0;
        for (int got = read(tar); got >= 0; got = read(tar)) {
            check.run();
            hash.update(buffer, 0, got);
            size += got;
        }
        checkDigest(named, Digest.finish(named.algorithm(), hash), tar);
        return new Stored(named, size);
    }

    private static void checkDigest(Digest named, Digest found, TarFiles tar) {
        if (!named.equals(found)) {
            throw InvalidArchiveException.ofEntry(tar.current(), "its bytes have digest " + found);
        }
    }

    private static TarFiles open(InputStream in) {
        try {
            return new TarFiles(Compression.unpacked(in));
        } catch (IOException e) {
            throw noArchive(e);
        }
    }

    private static TarFiles.@Nullable Entry next(TarFiles tar, int before) {
        try {
            return tar.next();
        } catch (IOException e) {
            if (before == 0) {
                throw noArchive(e);
            }
            throw damaged(tar, e);
        }
    }

    private int read(TarFiles tar) {
        try {
            return tar.read(buffer);
        } catch (IOException e) {
            throw damaged(tar, e);
        }
    }

    private static InvalidArgumentException noArchive(IOException e) {
        return new InvalidArgumentException("this is no archive of images: " + e.getMessage(), e);
    }

    private static InvalidArchiveException damaged(TarFiles tar, IOException e) {
        return new InvalidArchiveException(
                "archive damaged at entry " + tar.current() + ": " + e.getMessage(), e);
    }
}
