package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_NONBLOCK;
import static io.gantry.linux.syscall.OpenFlags.O_RDONLY;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.snapshot.StackWalk.Found;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The file tree that layers make together, read without mounting it: as overlayfs would show it,
 * whiteouts and opaque directories respected, symbolic links followed inside it only. Thread-safe.
 */
public final class LayerStack {

    private final Syscalls kernel;
    private final List<Path> directories;

    /**
     * A stack.
     *
     * @param directories of the layers, topmost first
     */
    LayerStack(Syscalls kernel, List<Path> directories) {
        this.kernel = kernel;
        this.directories = List.copyOf(directories);
    }

    /**
     * Reads a small regular file; never blocks on what only looks like one.
     *
     * @param path absolute
     * @return empty when there is nothing at that path
     * @throws FailedPreconditionException when it is something else, or larger than {@code
     *     maxBytes}, or its links go in a circle
     */
    public Optional<byte[]> readFile(String path, int maxBytes) throws IOException {
        try (StackWalk walk = new StackWalk(kernel, directories)) {
            Optional<Found> found = walk.resolve(bytes(path), true);
            return found.isEmpty()
                    ? Optional.empty()
                    : Optional.of(read(walk, found.get(), path, maxBytes));
        }
    }

    /**
     * What a path leads to, symbolic links followed; empty when that is nothing.
     *
     * @throws FailedPreconditionException when its links go in a circle
     */
    public Optional<FileStatus> follow(String path) throws IOException {
        if (directories.isEmpty()) {
            return Optional.empty();
        }
        try (StackWalk walk = new StackWalk(kernel, directories)) {
            return walk.resolve(bytes(path), true).map(Found::status);
        }
    }

    /** One directory as it is, which nobody changes meanwhile. */
    public static LayerStack of(Syscalls kernel, Path directory) {
        return new LayerStack(kernel, List.of(directory));
    }

    /** Whether there is no layer, hence no tree. */
    public boolean isEmpty() {
        return directories.isEmpty();
    }

    /** A walk through the tree; the caller closes it. */
    public StackWalk walk() throws IOException {
        return new StackWalk(kernel, directories);
    }

    /** What is at a path, which itself is not followed. */
    Optional<FileStatus> status(String path) throws IOException {
        try (StackWalk walk = new StackWalk(kernel, directories)) {
            return walk.resolve(path, false).map(Found::status);
        }
    }

    private static String bytes(String path) {
        return new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private byte[] read(StackWalk walk, Found found, String path, int maxBytes) throws IOException {
        if (!found.status().isRegular()) {
            throw new FailedPreconditionException(path + " in the image is no regular file");
        }
        if (found.status().size() > maxBytes) {
            throw new FailedPreconditionException(
                    path
                            + " in the image has "
                            + found.status().size()
                            + " bytes, more than "
                            + maxBytes);
        }
        int fd = walk.open(found, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        try {
            ByteBuffer content = ByteBuffer.allocateDirect((int) found.status().size());
            int got = 1;
            while (content.hasRemaining() && got > 0) {
                got = kernel.read(fd, content);
            }
            content.flip();
            byte[] read = new byte[content.remaining()];
            content.get(read);
            return read;
        } finally {
            kernel.close(fd);
        }
    }
}
