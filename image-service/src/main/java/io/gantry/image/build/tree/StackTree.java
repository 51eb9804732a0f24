package io.gantry.image.build.tree;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_NONBLOCK;
import static io.gantry.linux.syscall.OpenFlags.O_RDONLY;

import io.gantry.image.content.Digest;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.image.snapshot.StackWalk;
import io.gantry.image.snapshot.StackWalk.Found;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The files of a stage or an image, read from its layers. */
public final class StackTree implements SourceTree {

    private static final int BUFFER_BYTES = 256 * 1024;

    private final Syscalls kernel;
    private final StackWalk walk;
    private final Map<String, Found> found = new HashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    /** The tree of layers. */
    public StackTree(Syscalls kernel, LayerStack stack) throws IOException {
        this.kernel = kernel;
        this.walk = stack.walk();
    }

    @Override
    public Optional<Node> find(String path, boolean follow) throws IOException {
        Optional<Found> at = walk.resolve(path, follow);
        return at.isEmpty() ? Optional.empty() : Optional.of(node(at.get()));
    }

    @Override
    public List<Node> children(Node directory) throws IOException {
        List<Node> children = new ArrayList<>();
        for (Found each : walk.children(at(directory)).values()) {
            children.add(node(each));
        }
        return children;
    }

    @Override
    public Digest content(Node file) throws IOException {
        int fd = open(file);
        try {
            MessageDigest hash = Digest.Algorithm.SHA256.newHash();
            buffer.clear();
            while (kernel.read(fd, buffer) > 0) {
                hash.update(buffer.flip());
                buffer.clear();
            }
            return Digest.finish(Digest.Algorithm.SHA256, hash);
        } finally {
            kernel.close(fd);
        }
    }

    @Override
    public SortedMap<String, byte[]> attributes(Node node) throws IOException {
        if (!node.isRegular() && !node.isDirectory()) {
            return new TreeMap<>();
        }
        int parent = walk.openParent(at(node));
        try {
            return Attributes.read(kernel, parent, node.name());
        } finally {
            kernel.close(parent);
        }
    }

    @Override
    public int open(Node file) throws IOException {
        return walk.open(at(file), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }

    @Override
    public void close() throws IOException {
        walk.close();
    }

    private Found at(Node node) throws IOException {
        Found known = found.get(node.path());
        if (known != null) {
            return known;
        }
        return walk.resolve(node.path(), false)
                .orElseThrow(() -> new IOException(Paths.display(node.path()) + " went away"));
    }

    private Node node(Found at) throws IOException {
        FileStatus status = at.status();
        found.put(at.path(), at);
        return of(at.path(), status, status.isSymlink() ? walk.target(at) : "");
    }

    static Node of(String path, FileStatus status, String link) {
        return new Node(
                path,
                status.mode(),
                status.uid(),
                status.gid(),
                status.size(),
                status.modified(),
                link,
                status.rdev(),
                status.nlink(),
                status.inode());
    }
}
