package io.gantry.cri.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** A log that may grow and be rotated while it is read. Not thread-safe. */
final class LogFile implements AutoCloseable {

    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path path;
    private final FileChannel channel;
    private final @Nullable Object key;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).flip();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long offset;

    private LogFile(Path path, FileChannel channel, @Nullable Object key) {
        this.path = path;
        this.channel = channel;
        this.key = key;
    }

    static LogFile open(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new LogFile(path, channel, keyOf(path));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** The next whole line without its newline; null when there is none yet. */
    byte @Nullable [] nextLine() throws IOException {
        while (true) {
            while (buffer.hasRemaining()) {
                byte b = buffer.get();
                offset++;
                if (b == '\n') {
                    byte[] whole = line.toByteArray();
                    line.reset();
                    return whole;
                }
                line.write(b);
            }
            buffer.clear();
            int read = channel.read(buffer);
            buffer.flip();
            if (read <= 0) {
                return null;
            }
        }
    }

    /** Where the line begins that is read next. */
    long offset() {
        return offset - line.size();
    }

    void seek(long position) throws IOException {
        channel.position(position);
        offset = position;
        line.reset();
        buffer.clear().flip();
    }

    /** Whether another file is now where this one was. */
    boolean rotated() throws IOException {
        try {
            Object now = keyOf(path);
            return key != null && !key.equals(now);
        } catch (NoSuchFileException betweenRenameAndReopen) {
            return false;
        }
    }

    private static @Nullable Object keyOf(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
