package io.gantry.base;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.Set;

/**
 * Room that is kept back on a file system, as a file, for the time when it is full: to remove
 * something takes a record of that, which takes room. Whoever finds none for a removal gives the
 * reserve up and tries again. Several may be made for one file. Thread-safe.
 */
public final class DiskReserve {

    /** Enough for a database to note many removals, and its log, which is as large at most. */
    public static final int BYTES = 4 << 20;

    /** It is not taken from a file system that is about to be full. */
    private static final long LEAVES = 3L * BYTES;

    private static final int PIECE = 1 << 16;

    private final Path file;

    private DiskReserve(Path file) {
        this.file = file;
    }

    /** The one for what is kept in the directory of {@code file}. */
    public static DiskReserve beside(Path file) {
        return new DiskReserve(file.resolveSibling("reserve"));
    }

    /** Makes sure that whoever starts with this directory has some room to do so. */
    public void prepare() throws IOException {
        if (Files.exists(file) && (Files.size(file) != BYTES || usable() < BYTES)) {
            Files.deleteIfExists(file);
        }
    }

    /** Keeps room back unless that is done already, or there is little left. */
    public void keep() {
        try {
            if (!Files.exists(file) && usable() >= LEAVES) {
                fill();
            }
        } catch (IOException e) {
            // Somebody else has taken the room meanwhile: then it is for another time.
            release();
        }
    }

    /** Gives the room up; false when there was none. */
    public boolean release() {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            return false;
        }
    }

    private long usable() throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        return directory == null ? 0 : Files.getFileStore(directory).getUsableSpace();
    }

    private void fill() throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")))) {
            // Noise, for a file system may pack what is written to it.
            byte[] noise = new byte[PIECE];
            Random random = new Random();
            for (int written = 0; written < BYTES; written += PIECE) {
                random.nextBytes(noise);
                ByteBuffer piece = ByteBuffer.wrap(noise);
                while (piece.hasRemaining()) {
                    channel.write(piece);
                }
            }
        } catch (FileAlreadyExistsException e) {
            // Another one was quicker.
        }
    }
}
