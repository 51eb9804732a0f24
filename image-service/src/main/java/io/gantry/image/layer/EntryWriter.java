package io.gantry.image.layer;

import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_CREAT;
import static io.gantry.linux.syscall.OpenFlags.O_EXCL;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.base.error.CancelledException;
import io.gantry.image.layer.TarEntry.Segment;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes the files of a layer with all that the archive says of them. Not thread-safe. */
final class EntryWriter {

    private static final CString OPAQUE = CString.of("trusted.overlay.opaque");
    private static final byte[] YES = {'y'};
    private static final int MAX_LINK_TARGET = 4095;

    private final Syscalls kernel;
    private final LayerDirectory directory;
    private final TarReader tar;
    // Times of directories come last: what is made in them changes them.
    private final Map<String, Time> directoryTimes = new LinkedHashMap<>();
    private boolean opaqueRoot;

    EntryWriter(Syscalls kernel, LayerDirectory directory, TarReader tar) {
        this.kernel = kernel;
        this.directory = directory;
        this.tar = tar;
    }

    /** Whether the layer hides everything below it. */
    boolean opaqueRoot() {
        return opaqueRoot;
    }

    void write(TarEntry entry, EntryPath path) throws IOException {
        if (path.isRoot()) {
            writeRoot(entry);
            return;
        }
        switch (entry.type()) {
            case DIRECTORY -> makeDirectory(entry, path);
            case FILE -> replacing(path, parent -> makeFile(entry, path, parent));
            case HARD_LINK -> link(entry, path);
            case SYMLINK -> replacing(path, parent -> makeSymlink(entry, path, parent));
            case CHAR_DEVICE -> makeNode(entry, path, FileStatus.S_IFCHR);
            case BLOCK_DEVICE -> makeNode(entry, path, FileStatus.S_IFBLK);
            case FIFO -> makeNode(entry, path, FileStatus.S_IFIFO);
        }
    }

    /** Hides what the layers below have under a name, in overlayfs' way. */
    void hide(EntryPath whiteout) throws IOException {
        EntryPath path = new EntryPath(whiteout.parent(), whiteout.hidden());
        int parent = directory.directory(path.parent());
        try {
            kernel.mknodat(parent, TarEntry.cstring(path.name()), FileStatus.S_IFCHR, 0);
        } catch (ErrnoException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            // A whiteout never hides what its own layer has: only a directory lets the layers
            // below show through.
            if (directory.status(path).isDirectory()) {
                setOpaque(directory.directory(path.path()));
            }
        }
    }

    /** Hides all that the layers below have in a directory. */
    void hideAll(String path) throws IOException {
        setOpaque(directory.directory(path));
        opaqueRoot |= path.isEmpty();
    }

    /** Sets what had to wait until every file is there. */
    void finish() throws IOException {
        for (Map.Entry<String, Time> entry : directoryTimes.entrySet()) {
            setTime(entry.getKey(), entry.getValue());
        }
    }

    private void setTime(String path, Time time) throws IOException {
        if (path.isEmpty()) {
            kernel.futimens(directory.root(), time, time);
            return;
        }
        try {
            int fd = directory.openConfined(path, O_NOFOLLOW);
            try {
                kernel.futimens(fd, time, time);
            } finally {
                kernel.close(fd);
            }
        } catch (ErrnoException e) {
            // A later entry of the same name put something else there.
            if (!e.is(Errno.ENOENT) && !e.is(Errno.ENOTDIR) && !e.is(Errno.ELOOP)) {
                throw e;
            }
        }
    }

    private void writeRoot(TarEntry entry) throws IOException {
        if (entry.type() != TarType.DIRECTORY) {
            throw new LayerFormatException("the root of a layer is a directory");
        }
        directory.implied().remove("");
        describe(entry, directory.root());
        directoryTimes.put("", entry.modified());
    }

    private void makeDirectory(TarEntry entry, EntryPath path) throws IOException {
        LayerDirectory.Made made = directory.makeDirectory(path);
        describe(entry, made.fd());
        if (made.replaced()) {
            // What it replaced hid the layers below; the directory alone would not.
            setOpaque(made.fd());
        }
        directoryTimes.put(path.path(), entry.modified());
    }

    private void makeFile(TarEntry entry, EntryPath path, int parent) throws IOException {
        int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
        int fd = kernel.openat(parent, TarEntry.cstring(path.name()), flags, 0600);
        try {
            writeContent(entry, fd);
            describe(entry, fd);
            kernel.futimens(fd, entry.modified(), entry.modified());
        } finally {
            kernel.close(fd);
        }
    }

    private void writeContent(TarEntry entry, int fd) throws IOException {
        List<Segment> segments = entry.segments();
        long end = 0;
        for (Segment segment : segments) {
            writeSegment(segment, fd);
            end = segment.offset() + segment.length();
        }
        if (end < entry.size()) {
            kernel.ftruncate(fd, entry.size());
        }
    }

    private void writeSegment(Segment segment, int fd) throws IOException {
        long done = 0;
        while (done < segment.length()) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancelledException("unpacking a layer was interrupted");
            }
            ByteBuffer part = tar.content(segment.length() - done);
            if (part == null) {
                throw new LayerFormatException("its content is shorter than its map of holes");
            }
            kernel.pwrite(fd, part, segment.offset() + done);
            done += part.capacity();
        }
    }

    private void makeSymlink(TarEntry entry, EntryPath path, int parent) throws IOException {
        String target = entry.linkName();
        if (target.isEmpty() || target.length() > MAX_LINK_TARGET) {
            throw new LayerFormatException(
                    "symbolic link with a target of " + target.length() + " bytes");
        }
        CString name = TarEntry.cstring(path.name());
        kernel.symlinkat(TarEntry.cstring(target), parent, name);
        kernel.fchownat(parent, name, entry.uid(), entry.gid(), AT_SYMLINK_NOFOLLOW);
        Xattrs.set(kernel, entry.xattrs(), parent, path.name());
        kernel.utimensat(parent, name, entry.modified(), entry.modified(), AT_SYMLINK_NOFOLLOW);
    }

    private void makeNode(TarEntry entry, EntryPath path, int type) throws IOException {
        replacing(
                path,
                parent -> {
                    CString name = TarEntry.cstring(path.name());
                    long device =
                            type == FileStatus.S_IFIFO
                                    ? 0
                                    : FileStatus.makedev(entry.devMajor(), entry.devMinor());
                    kernel.mknodat(parent, name, type | 0600, device);
                    kernel.fchownat(parent, name, entry.uid(), entry.gid(), AT_SYMLINK_NOFOLLOW);
                    Xattrs.set(kernel, entry.xattrs(), parent, path.name());
                    // Follows links, but a node was made a moment ago and nobody else is here.
                    kernel.fchmodat(parent, name, entry.mode());
                    kernel.utimensat(
                            parent, name, entry.modified(), entry.modified(), AT_SYMLINK_NOFOLLOW);
                });
    }

    private void link(TarEntry entry, EntryPath path) throws IOException {
        EntryPath target;
        try {
            target = EntryPath.clean(entry.linkName());
        } catch (LayerFormatException e) {
            throw new LayerFormatException(linkTo(entry) + " leads out of the layer", e);
        }
        if (target.isRoot() || target.kind() != EntryPath.Kind.PLAIN || target.equals(path)) {
            throw new LayerFormatException(linkTo(entry) + " is not possible");
        }
        CString from = TarEntry.cstring(target.name());
        checkLinkable(entry, target);
        replacing(
                path,
                parent -> {
                    // Opened anew: looking up the parent may have closed it.
                    int source = openParent(target);
                    try {
                        kernel.linkat(source, from, parent, TarEntry.cstring(path.name()), 0);
                    } finally {
                        kernel.close(source);
                    }
                });
    }

    private int openParent(EntryPath path) throws IOException {
        return directory.openConfined(path.parent().isEmpty() ? "." : path.parent(), 0);
    }

    private void checkLinkable(TarEntry entry, EntryPath target) throws IOException {
        try {
            int parent = openParent(target);
            try {
                CString name = TarEntry.cstring(target.name());
                if (kernel.statx(parent, name, AT_SYMLINK_NOFOLLOW).isDirectory()) {
                    throw new LayerFormatException(linkTo(entry) + ", a directory");
                }
            } finally {
                kernel.close(parent);
            }
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR) || e.is(Errno.ELOOP)) {
                throw new LayerFormatException(linkTo(entry) + ", which is not in this layer", e);
            }
            throw e;
        }
    }

    private static String linkTo(TarEntry entry) {
        return "hard link to " + TarEntry.display(entry.linkName());
    }

    /**
     * Owner before attributes before mode: a change of owner takes capabilities and set-id bits.
     */
    private void describe(TarEntry entry, int fd) throws IOException {
        kernel.fchown(fd, entry.uid(), entry.gid());
        Xattrs.set(kernel, entry.xattrs(), fd);
        kernel.fchmod(fd, entry.mode());
    }

    private void setOpaque(int fd) throws IOException {
        kernel.fsetxattr(fd, OPAQUE, YES, 0);
    }

    /** Makes something in a directory; a later entry takes the place of an earlier one. */
    private void replacing(EntryPath path, Maker maker) throws IOException {
        try {
            maker.make(directory.directory(path.parent()));
        } catch (ErrnoException e) {
            if (!e.is(Errno.EEXIST)) {
                throw e;
            }
            directory.remove(path);
            maker.make(directory.directory(path.parent()));
        }
    }

    @FunctionalInterface
    private interface Maker {
        void make(int parent) throws IOException;
    }
}
