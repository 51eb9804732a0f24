package io.gantry.image.content;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.NotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Blobs by digest. A blob is there whole and verified or not at all; it never changes. Thread-safe.
 *
 * <p>A committed blob is visible at once but survives a loss of power only after {@link #sync()}: a
 * pull calls that once for all its blobs, before it writes the row that names them.
 */
public interface ContentStore {

    /** What a file takes is a multiple of this on the file systems that nodes have. */
    int BLOCK = 4096;

    /** The length of a blob in bytes; empty when it is not there. */
    OptionalLong find(Digest digest) throws IOException;

    /** The space that a blob takes on disk, in blocks of 4 KiB; 0 when it is not there. */
    default long diskBytes(Digest digest) throws IOException {
        return onDisk(find(digest).orElse(0));
    }

    private static long onDisk(long length) {
        return (length + BLOCK - 1) / BLOCK * BLOCK;
    }

    /** Whether the blob is there. */
    default boolean exists(Digest digest) throws IOException {
        return find(digest).isPresent();
    }

    /**
     * Opens a blob; the caller closes the stream. The bytes are not hashed again.
     *
     * @throws NotFoundException when it is not there
     */
    InputStream open(Digest digest) throws IOException;

    /**
     * The file that a blob is, for those who want to link to it; nobody may ever write to it. Empty
     * where blobs are no files, or this one is not there.
     */
    Optional<Path> file(Digest digest) throws IOException;

    /**
     * Reads a small blob.
     *
     * @param maxBytes most that the caller takes
     * @throws NotFoundException when it is not there
     * @throws DataLossException when it is longer
     */
    default byte[] read(Digest digest, int maxBytes) throws IOException {
        try (InputStream in = open(digest)) {
            byte[] bytes = in.readNBytes(maxBytes);
            if (in.read() >= 0) {
                throw new DataLossException(
                        "blob " + digest + " is longer than " + maxBytes + " bytes");
            }
            return bytes;
        }
    }

    /**
     * Begins to take a blob in, or goes on where an earlier ingest of it ended. One ingest of a
     * digest is open at a time: a second caller waits for the first.
     *
     * @return empty when the blob is already there, which is also how a caller that waited for a
     *     successful ingest is told
     * @throws DeadlineExceededException when another ingest lasts longer than {@code deadline}
     * @throws CancelledException when the thread is interrupted
     */
    Optional<Ingest> ingest(Descriptor expected, Deadline deadline) throws IOException;

    /**
     * Begins to take in a blob that has no name yet.
     *
     * @param algorithm of the digest that it gets
     * @param size that it will have, in bytes
     * @throws java.nio.file.FileSystemException when the disk has no such space, before any is used
     */
    Intake intake(Digest.Algorithm algorithm, long size) throws IOException;

    /** Removes a blob; false when it was not there. Partial ingests of it stay. */
    boolean delete(Digest digest) throws IOException;

    /** Every blob, in no order. */
    List<Digest> list() throws IOException;

    /** Every blob of which a part is kept and no ingest is open, in no order. */
    default List<Digest> listPartial() throws IOException {
        return listPartial(Instant.MAX);
    }

    /** Those of {@link #listPartial()} to which nothing was added since a moment. */
    List<Digest> listPartial(Instant untouchedSince) throws IOException;

    /** Length of the kept part of a blob; empty when there is none. */
    OptionalLong findPartial(Digest digest) throws IOException;

    /** The space that the kept part of a blob takes on disk, in blocks of 4 KiB. */
    default long partialDiskBytes(Digest digest) throws IOException {
        return onDisk(findPartial(digest).orElse(0));
    }

    /**
     * Makes a blob a kept part that lacks nothing: not there, but not fetched again when it is
     * wanted again. Does nothing when it is not there or an ingest of it is open. One that others
     * have linked to is removed.
     *
     * @return whether it was there and is a part now
     */
    boolean demote(Digest digest) throws IOException;

    /** Removes the kept part of a blob, unless an ingest of it is open. */
    void deletePartial(Digest digest) throws IOException;

    /** Makes every blob that was committed before the call durable. */
    void sync() throws IOException;

    /** Takes in a blob whose bytes are at hand; does nothing when it is there. */
    default void put(Descriptor descriptor, byte[] bytes, Deadline deadline) throws IOException {
        Optional<Ingest> opened = ingest(descriptor, deadline);
        if (opened.isEmpty()) {
            return;
        }
        try (Ingest ingest = opened.get()) {
            ingest.restart();
            ingest.write(bytes, 0, bytes.length);
            ingest.commit();
        }
    }
}
