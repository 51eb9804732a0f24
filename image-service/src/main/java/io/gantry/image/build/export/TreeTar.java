package io.gantry.image.build.export;

import io.gantry.base.error.CancelledException;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes whole trees as one tar archive, each directory before what is in it, without their roots:
 * owners, modes, times, extended attributes and further names of files are kept, sockets are left
 * out. Used by one thread.
 */
public final class TreeTar {

    private static final int BUFFER_BYTES = 256 * 1024;

    private final Syscalls kernel;
    private final LayerTar tar;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final byte[] bytes = new byte[BUFFER_BYTES];

    /** An archive, which {@link #finish} ends; {@code out} is not closed. */
    public TreeTar(Syscalls kernel, OutputStream out) {
        this.kernel = kernel;
        this.tar = new LayerTar(out);
    }

    /**
     * Writes a tree.
     *
     * @param top directory of the archive that it goes to, made here; empty: none
     */
    public void write(SourceTree tree, String top) throws IOException {
        Node root = tree.find("", true).orElseThrow(() -> new IOException("a tree has no root"));
        if (!top.isEmpty()) {
            tar.special(top, root, new TreeMap<>());
        }
        new Walk(tree, top.isEmpty() ? "" : top + "/").directory(root);
    }

    /** The end of the archive. */
    public void finish() throws IOException {
        tar.finish();
    }

    /** One tree; names are of one file within it only. */
    private final class Walk {
        private final SourceTree tree;
        private final String prefix;
        private final Map<Long, String> linked = new HashMap<>();

        Walk(SourceTree tree, String prefix) {
            this.tree = tree;
            this.prefix = prefix;
        }

        void directory(Node directory) throws IOException {
            for (Node each : tree.children(directory)) {
                entry(each);
            }
        }

        private void entry(Node node) throws IOException {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancelledException("writing the files of a build was interrupted");
            }
            String path = prefix + node.path();
            if (!node.isDirectory() && node.links() > 1) {
                String first = linked.putIfAbsent(node.inode(), path);
                if (first != null) {
                    tar.link(path, first, node);
                    return;
                }
            }
            switch (node.type()) {
                case FileStatus.S_IFREG ->
                        tar.file(path, node, tree.attributes(node), out -> content(node, out));
                case FileStatus.S_IFSOCK -> {}
                case FileStatus.S_IFDIR -> {
                    tar.special(path, node, tree.attributes(node));
                    directory(node);
                }
                default -> tar.special(path, node, new TreeMap<>());
            }
        }

        private void content(Node node, OutputStream out) throws IOException {
            int fd = tree.open(node);
            try {
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
            } finally {
                kernel.close(fd);
            }
        }
    }
}
