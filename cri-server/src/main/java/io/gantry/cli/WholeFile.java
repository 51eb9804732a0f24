package io.gantry.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A file that is there whole or not at all: what is written is beside it until it is closed. Used
 * by one thread, but {@link #discard}, which any may call.
 */
final class WholeFile extends OutputStream {

    private final Path file;
    private final Path unfinished;
    private final OutputStream out;
    private boolean over;

    private WholeFile(Path file, Path unfinished) throws IOException {
        this.file = file;
        this.unfinished = unfinished;
        this.out = Files.newOutputStream(unfinished);
    }

    /** A file to be written; a device or pipe is written to as it is. */
    static OutputStream open(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return Files.newOutputStream(file);
        }
        // A link stays one.
        Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
        Path unfinished =
                Files.createTempFile(target.getParent(), "." + target.getFileName(), ".part");
        return new WholeFile(target, unfinished);
    }

    @Override
    public void write(int value) throws IOException {
        out.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Puts the file in its place. */
    @Override
    public synchronized void close() throws IOException {
        if (over) {
            return;
        }
        over = true;
        try {
            out.close();
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** Forgets what was written. */
    synchronized void discard() throws IOException {
        if (!over) {
            over = true;
            try {
                out.close();
            } finally {
                Files.deleteIfExists(unfinished);
            }
        }
    }
}
