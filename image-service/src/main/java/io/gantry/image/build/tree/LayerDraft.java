package io.gantry.image.build.tree;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.AT_REMOVEDIR;
import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_CREAT;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_EXCL;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_BENEATH;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_SYMLINKS;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.layer.OpenDirectories;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.image.snapshot.StackWalk;
import io.gantry.image.snapshot.StackWalk.Found;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A layer that is being written on top of others, without mounting them. What is written to a
 * directory that only the layers below have takes that along as it is there, as overlayfs would.
 * Links are followed by {@link #locate} alone, within the tree; all other paths are taken as they
 * are, and none leads out of the layer. Used by one thread; nobody else changes the directory.
 */
public final class LayerDraft implements AutoCloseable {

    private static final int DIRECTORY = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    private static final int FILE = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;

    private final Syscalls kernel;
    private final StackWalk merged;
    private final int root;
    private final OpenDirectories open;
    private final Map<String, Time> times = new LinkedHashMap<>();
    private final Set<String> ofThisLayer = new HashSet<>();

    /**
     * Begins to write.
     *
     * @param directory of the layer; may have files already
     * @param merged what it makes together with the layers below it
     */
    public LayerDraft(Syscalls kernel, Path directory, LayerStack merged) throws IOException {
        this.kernel = kernel;
        this.open = new OpenDirectories(kernel);
        this.merged = merged.walk();
        this.root =
                kernel.openat(
                        AT_FDCWD, CString.of(directory.toString()), O_DIRECTORY | O_CLOEXEC, 0);
    }

    /** Where a path leads, links followed also in front of what is not there yet. */
    public String locate(String path) throws IOException {
        return merged.locate(path);
    }

    /** What is at a path, which itself is not followed. */
    public Optional<FileStatus> status(String path) throws IOException {
        return merged.resolve(path, false).map(Found::status);
    }

    /**
     * Makes a directory be here, with all above it.
     *
     * @param making of those that are nowhere yet
     * @return whether it was nowhere
     * @throws FailedPreconditionException when something that is no directory is in the way
     */
    public boolean directory(String path, Making making) throws IOException {
        boolean made = !path.isEmpty() && status(path).isEmpty();
        enter(path, making);
        return made;
    }

    /** The same for a directory that is a copy of another. */
    public void directoryLike(
            String path, Node source, SortedMap<String, byte[]> attributes, Making making)
            throws IOException {
        if (directory(path, making)) {
            int fd = enter(path, making);
            kernel.fchown(fd, source.uid(), source.gid());
            Attributes.set(kernel, fd, attributes);
            kernel.fchmod(fd, source.mode() & 07777);
            times.put(path, source.modified());
        }
    }

    /** Writes the content of a file. */
    @FunctionalInterface
    public interface Writer {
        void write(int fd) throws IOException;
    }

    /**
     * Makes a file, in place of one that may be there.
     *
     * @param like mode, owner and time
     * @throws FailedPreconditionException when there is a directory
     */
    public void file(
            String path,
            Node like,
            SortedMap<String, byte[]> attributes,
            Making above,
            Writer content)
            throws IOException {
        int parent = freeName(path, above);
        int fd = kernel.openat(parent, name(path), FILE, 0600);
        try {
            content.write(fd);
            kernel.fchown(fd, like.uid(), like.gid());
            Attributes.set(kernel, fd, attributes);
            kernel.fchmod(fd, like.mode() & 07777);
            kernel.futimens(fd, like.modified(), like.modified());
        } finally {
            kernel.close(fd);
        }
    }

    /** Puts a file that is already somewhere under the last component of a path. */
    @FunctionalInterface
    public interface Adoption {
        /** Whether it is there now; else the name is still free. */
        boolean put(int parent) throws IOException;
    }

    /** Takes a file in, in place of one that may be there; false when it cannot be had. */
    public boolean adopt(String path, Making above, Adoption adoption) throws IOException {
        return adoption.put(freeName(path, above));
    }

    /** Makes a symbolic link, device or fifo, in place of a file that may be there. */
    public void special(String path, Node like, Making above) throws IOException {
        int parent = freeName(path, above);
        CString name = name(path);
        if (like.isLink()) {
            kernel.symlinkat(Paths.cstring(like.link()), parent, name);
        } else {
            kernel.mknodat(parent, name, like.type() | 0600, like.rdev());
        }
        kernel.fchownat(parent, name, like.uid(), like.gid(), AT_SYMLINK_NOFOLLOW);
        if (!like.isLink()) {
            kernel.fchmodat(parent, name, like.mode() & 07777);
        }
        kernel.utimensat(parent, name, like.modified(), like.modified(), AT_SYMLINK_NOFOLLOW);
    }

    /** Makes a further name of a file that this layer has. */
    public void link(String path, String existing, Making above) throws IOException {
        freeName(path, above);
        // Looking up one parent may close the other's descriptor.
        int from = openAt(Paths.parent(existing));
        try {
            int to = enter(Paths.parent(path), above);
            kernel.linkat(from, name(existing), to, name(path), 0);
        } finally {
            kernel.close(from);
        }
    }

    /** Removes a directory that is empty, or a file, of this layer; false when it is neither. */
    public boolean remove(String path, boolean directory) throws IOException {
        int parent = openAt(Paths.parent(path));
        try {
            kernel.unlinkat(parent, name(path), directory ? AT_REMOVEDIR : 0);
            open.close();
            return true;
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOTEMPTY) || e.is(Errno.ENOENT) || e.is(Errno.EBUSY)) {
                return false;
            }
            throw e;
        } finally {
            kernel.close(parent);
        }
    }

    /** Sets the time of a directory of this layer; one that only those below have stays. */
    public void touch(String path, Time time) throws IOException {
        try {
            int fd = openAt(path);
            try {
                kernel.futimens(fd, time, time);
            } finally {
                kernel.close(fd);
            }
        } catch (ErrnoException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    /** Whether a directory of this layer hides what those below have in it. */
    private boolean hides(String path) throws IOException {
        int parent = openAt(Paths.parent(path));
        try {
            CString here = Paths.cstring("/proc/self/fd/" + parent + "/" + Paths.name(path));
            return kernel.lgetxattr(here, CString.of("trusted.overlay.opaque")).isPresent();
        } finally {
            kernel.close(parent);
        }
    }

    /** Sets what had to wait until every file is there. */
    public void finish() throws IOException {
        for (Map.Entry<String, Time> each : times.entrySet()) {
            int fd = openAt(each.getKey());
            try {
                kernel.futimens(fd, each.getValue(), each.getValue());
            } finally {
                kernel.close(fd);
            }
        }
        times.clear();
    }

    @Override
    public void close() throws IOException {
        open.close();
        kernel.close(root);
        merged.close();
    }

    /** What a layer is on top of, to be compared with. */
    public static final class Below {

        private final LayerStack stack;

        public Below(LayerStack stack) {
            this.stack = stack;
        }

        /** Whether a directory of a layer on top looks as it does without that layer. */
        public boolean isLike(String path, LayerDraft draft) throws IOException {
            if (stack.isEmpty()) {
                return false;
            }
            try (StackWalk walk = stack.walk()) {
                Optional<FileStatus> old = walk.resolve(path, false).map(Found::status);
                Optional<FileStatus> now = draft.status(path);
                return old.isPresent()
                        && now.isPresent()
                        && old.get().mode() == now.get().mode()
                        && old.get().uid() == now.get().uid()
                        && old.get().gid() == now.get().gid()
                        && old.get().modified().equals(now.get().modified())
                        && draft.has(path)
                        && !draft.hides(path);
            }
        }
    }

    private boolean has(String path) throws IOException {
        try {
            kernel.close(openAt(path));
            return true;
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
                return false;
            }
            throw e;
        }
    }

    /** The descriptor of a file's directory, valid until the next call; the name in it is free. */
    private int freeName(String path, Making above) throws IOException {
        if (path.isEmpty()) {
            throw inTheWay("cannot replace directory / with file");
        }
        int parent = enter(Paths.parent(path), above);
        FileStatus there = existing(path, parent);
        if (there == null) {
            return parent;
        }
        if (there.isDirectory()) {
            throw inTheWay("cannot replace directory /" + Paths.display(path) + " with file");
        }
        try {
            kernel.unlinkat(parent, name(path), 0);
        } catch (ErrnoException e) {
            // What is only below is hidden by what will be made.
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
        return parent;
    }

    private @Nullable FileStatus existing(String path, int parent) throws IOException {
        if (!ofThisLayer.contains(Paths.parent(path))) {
            return status(path).orElse(null);
        }
        try {
            return kernel.statx(parent, name(path), AT_SYMLINK_NOFOLLOW);
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT)) {
                return null;
            }
            throw e;
        }
    }

    /** A descriptor, valid until the next call. */
    private int enter(String path, Making making) throws IOException {
        if (path.isEmpty()) {
            return root;
        }
        Integer known = open.get(path);
        if (known != null) {
            return known;
        }
        int parent = enter(Paths.parent(path), making);
        try {
            return open.put(path, kernel.openat(parent, name(path), DIRECTORY, 0));
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
                throw inTheWay("cannot copy to non-directory: /" + Paths.display(path));
            }
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
        return take(path, making);
    }

    /** Takes a directory over from the layers below, or makes one. */
    private int take(String path, Making making) throws IOException {
        Optional<Found> below =
                ofThisLayer.contains(Paths.parent(path))
                        ? Optional.empty()
                        : merged.resolve(path, false);
        if (below.isPresent() && !below.get().status().isDirectory()) {
            throw inTheWay("cannot copy to non-directory: /" + Paths.display(path));
        }
        int parent = enter(Paths.parent(path), making);
        kernel.mkdirat(parent, name(path), 0700);
        int fd = open.put(path, kernel.openat(parent, name(path), DIRECTORY, 0));
        if (below.isPresent()) {
            FileStatus status = below.get().status();
            kernel.fchown(fd, status.uid(), status.gid());
            Attributes.set(kernel, fd, attributes(below.get()));
            kernel.fchmod(fd, status.permissions());
            times.put(path, status.modified());
        } else {
            ofThisLayer.add(path);
            kernel.fchown(fd, making.uid(), making.gid());
            kernel.fchmod(fd, making.mode());
            times.put(path, making.time());
        }
        return fd;
    }

    private SortedMap<String, byte[]> attributes(Found below) throws IOException {
        int parent = merged.openParent(below);
        try {
            return Attributes.read(kernel, parent, Paths.name(below.path()));
        } finally {
            kernel.close(parent);
        }
    }

    /** Opens a directory of this layer anew. */
    private int openAt(String path) throws IOException {
        long plain = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
        return kernel.openat2(
                root, Paths.cstring(path.isEmpty() ? "." : path), DIRECTORY, 0, plain);
    }

    private static CString name(String path) {
        return Paths.cstring(Paths.name(path));
    }

    private static FailedPreconditionException inTheWay(String what) {
        return new FailedPreconditionException(what);
    }
}
