package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_CREAT;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_EXCL;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_NONBLOCK;
import static io.gantry.linux.syscall.OpenFlags.O_RDONLY;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_BENEATH;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_SYMLINKS;

import io.gantry.base.error.CancelledException;
import io.gantry.image.layer.Xattrs;
import io.gantry.image.snapshot.StackWalk.Found;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies a directory out of layers with owners, modes, times, extended attributes, hard links and
 * holes. What is read is found without following any link; what is written lies in directories that
 * this copy has made itself. Used by one thread, once.
 */
final class TreeCopy {

    private static final long BENEATH = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    private static final long CHUNK = 1 << 20;
    private static final int SEEK_SET = 0;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private final Syscalls kernel;
    private final StackWalk from;
    private final int to;
    private final Map<Inode, String> linked = new HashMap<>();

    /**
     * A copy.
     *
     * @param to descriptor of the empty directory that is filled
     */
    TreeCopy(Syscalls kernel, StackWalk from, int to) {
        this.kernel = kernel;
        this.from = from;
        this.to = to;
    }

    private record Inode(int layer, long number) {}

    /** A directory, and its path in the copy. */
    private record Directory(Found source, String path) {

        String child(String name) {
            return path.isEmpty() ? name : path + "/" + name;
        }
    }

    /** Copies what is in {@code top}, and its own attributes. */
    void run(Found top) throws IOException {
        Deque<Directory> rest = new ArrayDeque<>();
        List<Directory> made = new ArrayList<>();
        rest.add(new Directory(top, ""));
        while (!rest.isEmpty()) {
            Directory directory = rest.removeLast();
            made.add(directory);
            fill(directory, rest);
        }
        // Last, for what is made in a directory changes its times.
        for (Directory directory : made.reversed()) {
            describe(directory);
        }
    }

    private void fill(Directory directory, Deque<Directory> rest) throws IOException {
        int parent = open(directory.path);
        try {
            for (Map.Entry<String, Found> child : from.children(directory.source).entrySet()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new CancelledException("copying files of an image was interrupted");
                }
                String path = directory.child(child.getKey());
                if (child.getValue().status().isDirectory()) {
                    kernel.mkdirat(parent, bytes(child.getKey()), 0700);
                    rest.add(new Directory(child.getValue(), path));
                } else if (!link(child.getValue(), path, parent, child.getKey())) {
                    make(child.getValue(), parent, child.getKey());
                }
            }
        } finally {
            kernel.close(parent);
        }
    }

    private int open(String path) throws ErrnoException {
        CString name = bytes(path.isEmpty() ? "." : path);
        return kernel.openat2(to, name, O_DIRECTORY | O_CLOEXEC, 0, BENEATH);
    }

    private void describe(Directory directory) throws IOException {
        int fd = open(directory.path);
        try {
            describe(directory.source, fd);
        } finally {
            kernel.close(fd);
        }
    }

    /** Links a file to an earlier one that is the same. */
    private boolean link(Found file, String path, int parent, String name) throws IOException {
        if (file.status().nlink() < 2) {
            return false;
        }
        Inode inode = new Inode(file.layers().getFirst(), file.status().inode());
        String earlier = linked.putIfAbsent(inode, path);
        if (earlier == null) {
            return false;
        }
        kernel.linkat(to, bytes(earlier), parent, bytes(name), 0);
        return true;
    }

    private void make(Found found, int parent, String name) throws IOException {
        FileStatus status = found.status();
        switch (status.type()) {
            case FileStatus.S_IFREG -> makeFile(found, parent, name);
            case FileStatus.S_IFLNK -> {
                kernel.symlinkat(bytes(from.target(found)), parent, bytes(name));
                describe(found, parent, name);
            }
            case FileStatus.S_IFCHR, FileStatus.S_IFBLK, FileStatus.S_IFIFO, FileStatus.S_IFSOCK ->
                    makeNode(found, parent, name);
            default -> throw new IOException("type of file " + status.type() + " is unknown");
        }
    }

    private void makeNode(Found found, int parent, String name) throws IOException {
        FileStatus status = found.status();
        kernel.mknodat(parent, bytes(name), status.type() | 0600, status.rdev());
        describe(found, parent, name);
        // Follows links, but the node was made a moment ago and nobody else is here.
        kernel.fchmodat(parent, bytes(name), status.permissions());
    }

    private void makeFile(Found found, int parent, String name) throws IOException {
        int in = from.open(found, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        try {
            int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
            int out = kernel.openat(parent, bytes(name), flags, 0600);
            try {
                copyContent(in, out, found.status().size());
                describe(found, out);
            } finally {
                kernel.close(out);
            }
        } finally {
            kernel.close(in);
        }
    }

    private void copyContent(int in, int out, long size) throws IOException {
        long at = data(in, 0, size);
        while (at < size) {
            long end = kernel.lseek(in, at, SEEK_HOLE);
            kernel.lseek(in, at, SEEK_SET);
            kernel.lseek(out, at, SEEK_SET);
            copyRange(in, out, end - at);
            at = data(in, end, size);
        }
        kernel.ftruncate(out, size);
    }

    /** Where the next data are; {@code size} when only a hole is left. */
    private long data(int in, long from, long size) throws IOException {
        if (from >= size) {
            return size;
        }
        try {
            return kernel.lseek(in, from, SEEK_DATA);
        } catch (ErrnoException e) {
            if (e.is(Errno.ENXIO)) {
                return size;
            }
            throw e;
        }
    }

    private void copyRange(int in, int out, long length) throws IOException {
        long left = length;
        while (left > 0) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancelledException("copying files of an image was interrupted");
            }
            long copied = kernel.copy_file_range(in, out, Math.min(left, CHUNK));
            if (copied == 0) {
                throw new IOException("a file of a layer became shorter");
            }
            left -= copied;
        }
    }

    /** Owner before attributes before mode: a change of owner takes set-id bits. */
    private void describe(Found found, int fd) throws IOException {
        FileStatus status = found.status();
        kernel.fchown(fd, status.uid(), status.gid());
        Xattrs.set(kernel, from.xattrs(found), fd);
        kernel.fchmod(fd, status.permissions());
        kernel.futimens(fd, status.accessed(), status.modified());
    }

    private void describe(Found found, int parent, String name) throws IOException {
        FileStatus status = found.status();
        CString file = bytes(name);
        kernel.fchownat(parent, file, status.uid(), status.gid(), AT_SYMLINK_NOFOLLOW);
        Xattrs.set(kernel, from.xattrs(found), parent, name);
        kernel.utimensat(parent, file, status.accessed(), status.modified(), AT_SYMLINK_NOFOLLOW);
    }

    private static CString bytes(String text) {
        return CString.of(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
