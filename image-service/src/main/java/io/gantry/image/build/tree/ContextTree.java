package io.gantry.image.build.tree;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_NONBLOCK;
import static io.gantry.linux.syscall.OpenFlags.O_PATH;
import static io.gantry.linux.syscall.OpenFlags.O_RDONLY;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_BENEATH;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_MAGICLINKS;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_SYMLINKS;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The context of a build, as its index knows it: the disk is asked for the content of files that
 * are copied, and for nothing else. Everything belongs to root.
 */
public final class ContextTree implements SourceTree {

    private static final long PLAIN = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    private static final int MAX_LINKS = 40;
    private static final long NANOS = 1_000_000_000L;
    private static final Node ROOT =
            new Node("", FileStatus.S_IFDIR | 0755, 0, 0, 0, new Time(0, 0), "", 0, 1, 0);

    private final Syscalls kernel;
    private final BuildContext context;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<String, List<Node>> children = new HashMap<>();
    private final Map<String, Digest> contents = new HashMap<>();
    private final Function<Digest, Path> layers;
    private final Map<Path, Integer> directories = new HashMap<>();

    /**
     * The tree of a context.
     *
     * @param layers where the files of a layer are, for what has become one of them
     */
    public ContextTree(Syscalls kernel, BuildContext context, Function<Digest, Path> layers) {
        this.kernel = kernel;
        this.context = context;
        this.layers = layers;
        nodes.put("", ROOT);
        context.entries()
                .forEach(
                        (name, entry) -> {
                            String path = Paths.ofText(name);
                            Node node = node(path, entry);
                            nodes.put(path, node);
                            children.computeIfAbsent(Paths.parent(path), _ -> new ArrayList<>())
                                    .add(node);
                            know(name, entry);
                        });
    }

    private static Node node(String path, BuildContext.Entry entry) {
        Time modified =
                new Time(
                        Math.floorDiv(entry.modifiedNanos(), NANOS),
                        Math.floorMod(entry.modifiedNanos(), NANOS));
        return new Node(
                path,
                entry.mode(),
                0,
                0,
                entry.size(),
                modified,
                Paths.ofText(entry.link().orElse("")),
                entry.rdev(),
                1,
                0);
    }

    @Override
    public Optional<Node> find(String path, boolean follow) {
        Deque<String> rest = new ArrayDeque<>(components(path));
        Node at = ROOT;
        int links = 0;
        while (!rest.isEmpty()) {
            String name = rest.pop();
            if (!at.isDirectory()) {
                return Optional.empty();
            }
            Node next =
                    name.equals("..")
                            ? nodes.get(Paths.parent(at.path()))
                            : nodes.get(Paths.join(at.path(), name));
            if (next == null) {
                return Optional.empty();
            }
            if (next.isLink() && (follow || !rest.isEmpty())) {
                if (++links > MAX_LINKS) {
                    throw new FailedPreconditionException(
                            "too many symbolic links at /" + Paths.display(path));
                }
                at = next.link().startsWith("/") ? ROOT : at;
                components(next.link()).reversed().forEach(rest::push);
            } else {
                at = next;
            }
        }
        return Optional.of(at);
    }

    private static List<String> components(String path) {
        return Arrays.stream(path.split("/", -1))
                .filter(each -> !each.isEmpty() && !each.equals("."))
                .toList();
    }

    @Override
    public List<Node> children(Node directory) {
        return children.getOrDefault(directory.path(), List.of());
    }

    @Override
    public Digest content(Node file) throws IOException {
        require(file);
        Digest content = contents.get(file.path());
        if (content == null) {
            throw new DataLossException(
                    "the context does not tell the digest of " + Paths.display(file.path()));
        }
        return content;
    }

    /** One that seemed not to be needed comes now, with all others. */
    private void require(Node file) throws IOException {
        if (!contents.containsKey(file.path())) {
            context.complete();
            context.entries().forEach(this::know);
        }
    }

    private void know(String name, BuildContext.Entry entry) {
        entry.content().ifPresent(it -> contents.put(Paths.ofText(name), it));
    }

    @Override
    public SortedMap<String, byte[]> attributes(Node node) {
        return new TreeMap<>();
    }

    @Override
    public int open(Node file) throws IOException {
        require(file);
        Optional<ContextMoves.Place> moved =
                context.moves().flatMap(it -> it.find(Paths.text(file.path())));
        return moved.isPresent()
                ? open(layers.apply(moved.get().layer()), moved.get().path())
                : open(context.directory(), file.path());
    }

    private int open(Path directory, String path) throws IOException {
        Integer root = directories.get(directory);
        if (root == null) {
            CString name = CString.of(directory.toString());
            root = kernel.openat(AT_FDCWD, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
            directories.put(directory, root);
        }
        int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        return kernel.openat2(root, Paths.cstring(path), flags, 0, PLAIN);
    }

    @Override
    public void close() throws IOException {
        for (int directory : directories.values()) {
            kernel.close(directory);
        }
        directories.clear();
    }
}
