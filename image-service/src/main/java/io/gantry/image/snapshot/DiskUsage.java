package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Measures a tree that may change meanwhile. */
public final class DiskUsage extends SimpleFileVisitor<Path> {

    private static final int SECTOR = 512;

    private final Syscalls kernel;
    private final Path top;
    private final Set<Long> linked = new HashSet<>();
    private long bytes;
    private long inodes;

    private DiskUsage(Syscalls kernel, Path top) {
        this.kernel = kernel;
        this.top = top;
    }

    /**
     * Measures what is below {@code top}, and it.
     *
     * @throws NoSuchFileException when it is not there
     */
    public static Usage of(Syscalls kernel, Path top) throws IOException {
        DiskUsage usage = new DiskUsage(kernel, top);
        Files.walkFileTree(top, usage);
        return new Usage(usage.bytes, usage.inodes);
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        return count(directory, attributes);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        return count(file, attributes);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (file.equals(top)) {
            throw e;
        }
        // Removed since it was listed, or nested deeper than a path can say.
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
        return FileVisitResult.CONTINUE;
    }

    private FileVisitResult count(Path path, BasicFileAttributes attributes) {
        try {
            FileStatus status =
                    kernel.statx(AT_FDCWD, CString.of(path.toString()), AT_SYMLINK_NOFOLLOW);
            boolean another =
                    !status.isDirectory() && status.nlink() > 1 && !linked.add(status.inode());
            if (!another) {
                bytes += status.blocks() * SECTOR;
                inodes++;
            }
        } catch (ErrnoException e) {
            // Gone, or with a name that is no text; the latter still counts.
            bytes += attributes.size();
            inodes++;
        }
        return FileVisitResult.CONTINUE;
    }
}
