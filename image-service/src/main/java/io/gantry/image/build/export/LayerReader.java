package io.gantry.image.build.export;

import static io.gantry.linux.syscall.OpenFlags.AT_EMPTY_PATH;
import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_NONBLOCK;
import static io.gantry.linux.syscall.OpenFlags.O_RDONLY;

import io.gantry.base.error.CancelledException;
import io.gantry.image.build.tree.Attributes;
import io.gantry.image.build.tree.Node;
import io.gantry.image.snapshot.StackWalk;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the directory that overlayfs left of a layer, by descriptors, and writes it as a layer of
 * an image: whiteouts and opaque directories become entries, a file of several names is written
 * once, sockets are left out. Used by one thread, once.
 */
final class LayerReader {

    private static final int DIRECTORY = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    private static final CString OPAQUE = CString.of("trusted.overlay.opaque");
    private static final Time NO_TIME = new Time(0, 0);
    private static final CString HERE = CString.of("");
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Syscalls kernel;
    private final LayerTar tar;
    private final boolean datesDirectories;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final Map<Long, String> linked = new HashMap<>();

    LayerReader(Syscalls kernel, LayerTar tar) {
        this(kernel, tar, true);
    }

    /**
     * A reader.
     *
     * @param datesDirectories whether directories have their times, or none
     */
    LayerReader(Syscalls kernel, LayerTar tar, boolean datesDirectories) {
        this.kernel = kernel;
        this.tar = tar;
        this.datesDirectories = datesDirectories;
    }

    /** Writes all of a layer but its root, which belongs to no layer. */
    void write(Path layer) throws IOException {
        int root = kernel.openat(AT_FDCWD, CString.of(layer.toString()), DIRECTORY, 0);
        try {
            directory(root, "");
        } finally {
            kernel.close(root);
        }
        tar.finish();
    }

    private void directory(int fd, String path) throws IOException {
        SortedMap<String, FileStatus> children = new TreeMap<>();
        for (String name : StackWalk.namesIn(Path.of("/proc/self/fd/" + fd))) {
            children.put(name, kernel.statx(fd, cstring(name), OpenFlags.AT_SYMLINK_NOFOLLOW));
        }
        // What hides comes before what stands in its place.
        if (isOpaque(fd)) {
            empty(join(path, ".wh..wh..opq"));
        }
        for (Map.Entry<String, FileStatus> each : children.entrySet()) {
            if (isWhiteout(each.getValue())) {
                empty(join(path, ".wh." + each.getKey()));
            }
        }
        for (Map.Entry<String, FileStatus> each : children.entrySet()) {
            if (!isWhiteout(each.getValue())) {
                child(fd, each.getKey(), join(path, each.getKey()), each.getValue());
            }
        }
    }

    private void child(int parent, String name, String path, FileStatus status) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException("writing a layer was interrupted");
        }
        String link =
                status.isSymlink()
                        ? new String(
                                kernel.readlinkat(parent, cstring(name)).bytes(),
                                StandardCharsets.ISO_8859_1)
                        : "";
        Node node = node(path, status, link);
        if (!status.isDirectory() && status.nlink() > 1) {
            String first = linked.putIfAbsent(status.inode(), path);
            if (first != null) {
                tar.link(path, first, node);
                return;
            }
        }
        switch (status.type()) {
            case FileStatus.S_IFREG -> file(parent, name, path);
            case FileStatus.S_IFSOCK -> {}
            case FileStatus.S_IFDIR -> {
                tar.special(path, node, Attributes.read(kernel, parent, name));
                int fd = kernel.openat(parent, cstring(name), DIRECTORY, 0);
                try {
                    directory(fd, path);
                } finally {
                    kernel.close(fd);
                }
            }
            default -> tar.special(path, node, new TreeMap<>());
        }
    }

    private void file(int parent, String name, String path) throws IOException {
        int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        int fd = kernel.openat(parent, cstring(name), flags, 0);
        try {
            Node node = node(path, kernel.statx(fd, HERE, AT_EMPTY_PATH), "");
            tar.file(
                    path,
                    node,
                    Attributes.read(kernel, parent, name),
                    out -> content(fd, node, out));
        } finally {
            kernel.close(fd);
        }
    }

    private void content(int fd, Node node, OutputStream out) throws IOException {
        long left = node.size();
        while (left > 0) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), left));
            int got = kernel.read(fd, buffer);
            if (got == 0) {
                throw new IOException(node.path() + " became shorter while it was read");
            }
            buffer.flip().get(bytes, 0, got);
            out.write(bytes, 0, got);
            left -= got;
        }
    }

    private void empty(String path) throws IOException {
        Node nothing = new Node(path, FileStatus.S_IFREG, 0, 0, 0, NO_TIME, "", 0, 1, 0);
        tar.file(path, nothing, new TreeMap<>(), out -> {});
    }

    private boolean isOpaque(int fd) throws IOException {
        Optional<byte[]> value = kernel.lgetxattr(CString.of("/proc/self/fd/" + fd + "/."), OPAQUE);
        return value.filter(it -> it.length > 0 && it[0] == 'y').isPresent();
    }

    private static boolean isWhiteout(FileStatus status) {
        return status.type() == FileStatus.S_IFCHR && status.rdev() == 0;
    }

    private Node node(String path, FileStatus status, String link) {
        return new Node(
                path,
                status.mode(),
                status.uid(),
                status.gid(),
                status.isRegular() ? status.size() : 0,
                status.isDirectory() && !datesDirectories ? NO_TIME : status.modified(),
                link,
                status.rdev(),
                status.nlink(),
                status.inode());
    }

    private static String join(String parent, String name) {
        return parent.isEmpty() ? name : parent + "/" + name;
    }

    private static CString cstring(String path) {
        return CString.of(path.getBytes(StandardCharsets.ISO_8859_1));
    }
}
