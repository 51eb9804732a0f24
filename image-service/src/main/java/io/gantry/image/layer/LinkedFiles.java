package io.gantry.image.layer;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_CREAT;
import static io.gantry.linux.syscall.OpenFlags.O_EXCL;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Lays out blobs under names in a directory. A blob is linked where that is possible, so that a
 * large one takes its space once; it is copied where it is not, as on another file system.
 */
public final class LinkedFiles {

    private static final int MODE = 0644;
    private static final int BLOCK = 4096;
    private static final int BUFFER = 256 * 1024;

    private final Syscalls kernel;
    private final ContentStore content;

    public LinkedFiles(Syscalls kernel, ContentStore content) {
        this.kernel = kernel;
        this.content = content;
    }

    /**
     * Fills a directory.
     *
     * @param id of what comes out
     * @param files by path, without dot, dot-dot and empty elements
     * @return what came out; a linked blob takes no space of its own
     */
    public AppliedLayer make(Digest id, SortedMap<String, Digest> files, Path directory)
            throws IOException {
        long bytes = 0;
        try (LayerDirectory layer = new LayerDirectory(kernel, directory)) {
            for (Map.Entry<String, Digest> file : files.entrySet()) {
                byte[] utf8 = file.getKey().getBytes(StandardCharsets.UTF_8);
                EntryPath path = EntryPath.clean(new String(utf8, StandardCharsets.ISO_8859_1));
                CString name = TarEntry.cstring(path.name());
                bytes += make(file.getValue(), layer.directory(path.parent()), name);
            }
            int inodes = files.size() + layer.implied().size();
            return new AppliedLayer(id, bytes, inodes, false, List.of());
        }
    }

    private long make(Digest blob, int parent, CString name) throws IOException {
        Optional<Path> file = content.file(blob);
        if (file.isPresent() && link(file.get(), parent, name)) {
            return 0;
        }
        return copy(blob, parent, name);
    }

    private boolean link(Path blob, int parent, CString name) throws IOException {
        CString path = CString.of(blob.toString());
        try {
            kernel.linkat(AT_FDCWD, path, parent, name, 0);
        } catch (ErrnoException e) {
            if (e.is(Errno.EXDEV) || e.is(Errno.EMLINK) || e.is(Errno.EPERM)) {
                return false;
            }
            throw e;
        }
        // The store's directory keeps others out; in a container anybody may read.
        kernel.fchmodat(AT_FDCWD, path, MODE);
        return true;
    }

    private long copy(Digest blob, int parent, CString name) throws IOException {
        int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
        int fd = kernel.openat(parent, name, flags, MODE);
        long bytes = 0;
        try (InputStream in = content.open(blob)) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                kernel.write(fd, ByteBuffer.wrap(buffer, 0, count));
                bytes += count;
            }
            kernel.fchmod(fd, MODE);
        } finally {
            kernel.close(fd);
        }
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}
