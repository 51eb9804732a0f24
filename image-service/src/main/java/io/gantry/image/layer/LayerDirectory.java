package io.gantry.image.layer;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.AT_REMOVEDIR;
import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_IN_ROOT;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_MAGICLINKS;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The directory that a layer is unpacked into, as descriptors. A path is resolved by the kernel
 * with the layer as its root: dot-dot stops there and an absolute symbolic link starts there, so
 * that nothing outside can be reached. Directories stay open for the entries that follow, which in
 * a tar archive are mostly neighbours. Not thread-safe.
 */
final class LayerDirectory implements AutoCloseable {

    private static final int DIRECTORY = O_DIRECTORY | O_CLOEXEC;
    private static final long CONFINED = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    private static final int IMPLIED_MODE = 0755;

    private final Syscalls kernel;
    private final int root;
    private final OpenDirectories open;
    private final Set<String> implied = new LinkedHashSet<>();

    LayerDirectory(Syscalls kernel, Path directory) throws IOException {
        this.kernel = kernel;
        this.open = new OpenDirectories(kernel);
        this.implied.add("");
        this.root = kernel.openat(AT_FDCWD, CString.of(directory.toString()), DIRECTORY, 0);
    }

    int root() {
        return root;
    }

    /**
     * Directories that no entry described, the root (the empty path) among them; their attributes
     * are those of the layers below.
     */
    Set<String> implied() {
        return implied;
    }

    /**
     * Descriptor of a directory, made with all above it where missing; valid until the next call.
     */
    int directory(String path) throws IOException {
        if (path.isEmpty()) {
            return root;
        }
        Integer known = open.get(path);
        if (known != null) {
            return known;
        }
        try {
            return open.put(path, openConfined(path, 0));
        } catch (ErrnoException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
        return makeImplied(path);
    }

    /** Opens an existing directory anew; the caller closes it. */
    int openConfined(String path, int flags) throws ErrnoException {
        return kernel.openat2(root, TarEntry.cstring(path), DIRECTORY | flags, 0, CONFINED);
    }

    /**
     * Makes a directory that an entry describes, or finds it.
     *
     * @return its descriptor, valid until the next call, and whether it took the place of something
     *     else that this layer had there
     */
    Made makeDirectory(EntryPath path) throws IOException {
        CString name = TarEntry.cstring(path.name());
        boolean replaced = false;
        try {
            kernel.mkdirat(directory(path.parent()), name, 0700);
        } catch (ErrnoException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            if (!status(path).isDirectory()) {
                remove(path);
                kernel.mkdirat(directory(path.parent()), name, 0700);
                replaced = true;
            }
        }
        implied.remove(path.path());
        Integer known = open.get(path.path());
        int fd = known != null ? known : openChild(path);
        return new Made(fd, replaced);
    }

    /** A directory just made. */
    record Made(int fd, boolean replaced) {}

    /** What is at a path, which itself is not followed. */
    FileStatus status(EntryPath path) throws IOException {
        CString name = TarEntry.cstring(path.name());
        return kernel.statx(directory(path.parent()), name, AT_SYMLINK_NOFOLLOW);
    }

    /** Removes what this layer has at a path, whole; descriptors given before are invalid then. */
    void remove(EntryPath path) throws IOException {
        FileStatus status = status(path);
        int parent = directory(path.parent());
        CString name = TarEntry.cstring(path.name());
        if (status.isDirectory()) {
            int fd = kernel.openat(parent, name, DIRECTORY | O_NOFOLLOW, 0);
            try {
                FileTree.clear(Path.of("/proc/self/fd/" + fd));
            } finally {
                kernel.close(fd);
            }
            kernel.unlinkat(parent, name, AT_REMOVEDIR);
            implied.removeIf(i -> (i + "/").startsWith(path.path() + "/"));
        } else {
            kernel.unlinkat(parent, name, 0);
        }
        if (status.isDirectory() || status.isSymlink()) {
            // What was reached through it now lies elsewhere or nowhere.
            open.close();
        }
    }

    @Override
    public void close() throws IOException {
        open.close();
        kernel.close(root);
    }

    private int makeImplied(String path) throws IOException {
        EntryPath split = EntryPath.clean(path);
        CString name = TarEntry.cstring(split.name());
        int parent = directory(split.parent());
        try {
            kernel.mkdirat(parent, name, IMPLIED_MODE);
        } catch (ErrnoException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            throw new LayerFormatException(
                    "its directory "
                            + TarEntry.display(path)
                            + " is a symbolic link that leads nowhere in this layer",
                    e);
        }
        implied.add(path);
        int fd = openChild(split);
        kernel.fchmod(fd, IMPLIED_MODE);
        return fd;
    }

    private int openChild(EntryPath path) throws IOException {
        int parent = directory(path.parent());
        CString name = TarEntry.cstring(path.name());
        return open.put(path.path(), kernel.openat(parent, name, DIRECTORY | O_NOFOLLOW, 0));
    }
}
