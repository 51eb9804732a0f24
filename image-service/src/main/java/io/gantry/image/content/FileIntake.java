package io.gantry.image.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An intake of the {@link FileContentStore}: one nameless file, hashed while it is written. */
final class FileIntake implements Intake {

    private final FileContentStore store;
    private final Path file;
    private final FileChannel channel;
    private final Digest.Algorithm algorithm;
    private final MessageDigest hash;
    private @Nullable Digest digest;
    private long written;

    private FileIntake(
            FileContentStore store, Path file, FileChannel channel, Digest.Algorithm algorithm) {
        this.store = store;
        this.file = file;
        this.channel = channel;
        this.algorithm = algorithm;
        this.hash = algorithm.newHash();
    }

    static FileIntake open(FileContentStore store, Path file, Digest.Algorithm algorithm)
            throws IOException {
        FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        return new FileIntake(store, file, channel, algorithm);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        hash.update(bytes, offset, length);
        written += length;
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public Digest digest() {
        if (digest == null) {
            digest = Digest.finish(algorithm, hash);
        }
        return digest;
    }

    @Override
    public void commit() throws IOException {
        if (!store.exists(digest())) {
            store.commit(digest(), file);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }
}
