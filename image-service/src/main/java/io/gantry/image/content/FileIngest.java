package io.gantry.image.content;

import io.gantry.base.error.DataLossException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Set;

/** An ingest of the {@link FileContentStore}: one file, hashed while it is written. */
final class FileIngest implements Ingest {

    private static final int BUFFER_BYTES = 128 * 1024;

    private final FileContentStore store;
    private final Descriptor expected;
    private final Path file;
    private final FileChannel channel;
    private final MessageDigest hash;
    private long written;
    private boolean closed;

    private FileIngest(
            FileContentStore store, Descriptor expected, Path file, FileChannel channel) {
        this.store = store;
        this.expected = expected;
        this.file = file;
        this.channel = channel;
        this.hash = expected.digest().algorithm().newHash();
    }

    /** Opens the file, which may hold the part that an earlier ingest left. */
    static FileIngest open(FileContentStore store, Descriptor expected, Path file)
            throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try {
            FileIngest ingest = new FileIngest(store, expected, file, channel);
            ingest.takeUpWhatIsThere();
            return ingest;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public InputStream openWritten() throws IOException {
        FileChannel reader = FileChannel.open(file, StandardOpenOption.READ);
        return new BoundedInputStream(Channels.newInputStream(reader), written);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > expected.size() - written) {
            discard();
            throw new DataLossException(
                    "blob "
                            + expected.digest()
                            + " is longer than the "
                            + expected.size()
                            + " bytes that its descriptor says");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        hash.update(bytes, offset, length);
        written += length;
    }

    @Override
    public void restart() throws IOException {
        channel.truncate(0);
        channel.position(0);
        hash.reset();
        written = 0;
    }

    @Override
    public void commit() throws IOException {
        long got = written;
        if (got != expected.size()) {
            discard();
            throw new DataLossException(
                    "blob "
                            + expected.digest()
                            + " has "
                            + got
                            + " bytes where its descriptor says "
                            + expected.size());
        }
        Digest digest = Digest.finish(expected.digest().algorithm(), hash);
        if (!digest.equals(expected.digest())) {
            discard();
            throw new DataLossException(
                    "blob has digest " + digest + " where " + expected.digest() + " was expected");
        }
        store.commit(expected.digest(), file);
    }

    @Override
    public void discard() throws IOException {
        // An interrupt in the middle of a write has closed it.
        if (channel.isOpen()) {
            restart();
        }
        written = 0;
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            channel.close();
            if (written == 0) {
                Files.deleteIfExists(file);
            }
        } finally {
            store.leave(expected.digest());
        }
    }

    private void takeUpWhatIsThere() throws IOException {
        if (channel.size() > expected.size()) {
            channel.truncate(0);
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (channel.read(buffer) >= 0) {
            buffer.flip();
            written += buffer.remaining();
            hash.update(buffer);
            buffer.clear();
        }
    }
}
