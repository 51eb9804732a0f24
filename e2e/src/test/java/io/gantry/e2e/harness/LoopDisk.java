package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small disk in a file, with ext4 on it, that can be frozen: whoever writes to it then is in
 * uninterruptible sleep until it is thawed.
 */
public final class LoopDisk implements AutoCloseable {

    private static final long BYTES = 96 << 20;

    private final Path mountPoint;
    private boolean frozen;

    /** One that is mounted at a directory, which is made. */
    public LoopDisk(Path file, Path mountPoint) {
        this.mountPoint = mountPoint;
        try {
            Files.createDirectories(mountPoint);
            try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
                disk.setLength(BYTES);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Command.of("mkfs.ext4", "-q", "-F", file.toString()).run().orThrow();
        Command.of("mount", "-o", "loop", file.toString(), mountPoint.toString()).run().orThrow();
    }

    /** Nothing can be written from now on. */
    public void freeze() {
        Command.of("fsfreeze", "--freeze", mountPoint.toString()).run().orThrow();
        frozen = true;
    }

    /** What waits goes on; nothing if it is not frozen. */
    public void thaw() {
        if (frozen) {
            Command.of("fsfreeze", "--unfreeze", mountPoint.toString()).run().orThrow();
            frozen = false;
        }
    }

    @Override
    public void close() {
        thaw();
        Command.of("umount", mountPoint.toString()).run().orThrow();
    }
}
