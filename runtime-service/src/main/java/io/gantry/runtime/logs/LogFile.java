package io.gantry.runtime.logs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An open log file, read by whole lines. */
final class LogFile implements AutoCloseable {

    private static final int BLOCK = 64 * 1024;

    private final FileChannel channel;
    private final Object identity;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK).limit(0);
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();

    private LogFile(FileChannel channel, Object identity) {
        this.channel = channel;
        this.identity = identity;
    }

    static LogFile open(Path file) throws IOException {
        while (true) {
            Object before = identity(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            boolean same = false;
            try {
                same = identity(file).equals(before);
                if (same) {
                    return new LogFile(channel, before);
                }
            } finally {
                // Rotated between the calls: nobody knows which file this is.
                if (!same) {
                    channel.close();
                }
            }
        }
    }

    /** Whether another file, or none, is at the path now. */
    boolean isRotated(Path file) throws IOException {
        try {
            return !identity(file).equals(identity);
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    /** Goes to where the last {@code lines} lines begin; negative: to the start. */
    void seekTail(long lines) throws IOException {
        if (lines < 0) {
            return;
        }
        long size = channel.size();
        long position = size;
        long ends = 0;
        ByteBuffer back = ByteBuffer.allocate(BLOCK);
        while (position > 0) {
            long from = Math.max(0, position - BLOCK);
            back.clear().limit((int) (position - from));
            readFully(back, from);
            for (int i = back.limit() - 1; i >= 0; i--) {
                // The line feed at the very end closes the last line and opens none.
                if (back.get(i) == '\n' && from + i != size - 1 && ++ends == lines) {
                    channel.position(from + i + 1);
                    return;
                }
            }
            position = from;
        }
        channel.position(lines == 0 ? size : 0);
    }

    /** The next whole line without its end; null when there is none yet. */
    byte @Nullable [] nextLine() throws IOException {
        while (true) {
            int from = block.position();
            int end = indexOfLineFeed(from);
            pending.write(block.array(), from, end - from);
            if (end < block.limit()) {
                block.position(end + 1);
                byte[] line = pending.toByteArray();
                pending.reset();
                return line;
            }
            block.clear();
            int count = channel.read(block);
            block.flip();
            if (count <= 0) {
                return null;
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private int indexOfLineFeed(int from) {
        int index = from;
        while (index < block.limit() && block.get(index) != '\n') {
            index++;
        }
        return index;
    }

    private void readFully(ByteBuffer buffer, long from) throws IOException {
        long position = from;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, position);
            if (count < 0) {
                throw new IOException("log file shrank while it was read");
            }
            position += count;
        }
    }

    private static Object identity(Path file) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(file, BasicFileAttributes.class).fileKey(),
                "file systems of Linux have file keys");
    }
}
