package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_EMPTY_PATH;
import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_PATH;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_BENEATH;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_MAGICLINKS;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_SYMLINKS;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One walk through a stack of layers. The kernel is only asked for paths without any symbolic link;
 * links are followed here, across layers. Paths are byte strings. Not thread-safe.
 */
public final class StackWalk implements AutoCloseable {

    private static final long PLAIN = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    private static final int MAX_LINKS = 40;
    private static final int HEX = 16;
    private static final CString HERE = CString.of("");
    private static final CString OPAQUE = CString.of("trusted.overlay.opaque");

    private final Syscalls kernel;
    private final List<Integer> roots = new ArrayList<>();

    StackWalk(Syscalls kernel, List<Path> layers) throws IOException {
        this.kernel = kernel;
        try {
            for (Path layer : layers) {
                CString path = CString.of(layer.toString());
                roots.add(kernel.openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0));
            }
        } catch (ErrnoException e) {
            close();
            throw e;
        }
    }

    /**
     * Something in the merged tree.
     *
     * @param path without links
     * @param layers where it is: one for a file, all that are merged for a directory, topmost
     *     first; 0 is the topmost of the stack
     */
    public record Found(String path, List<Integer> layers, FileStatus status) {
        public Found {
            layers = List.copyOf(layers);
        }
    }

    /** Follows a path; what it leads to may itself be a link when {@code followLast} is not set. */
    public Optional<Found> resolve(String path, boolean followLast) throws IOException {
        Deque<String> rest = new ArrayDeque<>(components(path));
        List<Found> directories = new ArrayList<>();
        directories.add(root());
        int links = 0;
        while (!rest.isEmpty()) {
            String name = rest.pop();
            if (name.equals("..")) {
                if (directories.size() > 1) {
                    directories.removeLast();
                }
                continue;
            }
            Found found = child(directories.getLast(), name);
            if (found == null) {
                return Optional.empty();
            }
            if (found.status.isSymlink() && (followLast || !rest.isEmpty())) {
                if (++links > MAX_LINKS) {
                    throw new FailedPreconditionException(
                            "too many symbolic links at " + path + " in the image");
                }
                follow(found, rest, directories);
            } else if (found.status.isDirectory()) {
                directories.add(found);
            } else {
                return rest.isEmpty() ? Optional.of(found) : Optional.empty();
            }
        }
        return Optional.of(directories.getLast());
    }

    /**
     * Where a path leads, links followed also in front of what is not there yet: without links,
     * dots and slashes at its ends.
     */
    public String locate(String path) throws IOException {
        Deque<String> rest = new ArrayDeque<>(components(path));
        List<Found> directories = new ArrayList<>();
        directories.add(root());
        List<String> missing = new ArrayList<>();
        int links = 0;
        while (!rest.isEmpty()) {
            String name = rest.pop();
            if (name.equals("..")) {
                dropLast(missing, directories);
                continue;
            }
            Found found = missing.isEmpty() ? child(directories.getLast(), name) : null;
            if (found != null && found.status.isSymlink()) {
                if (++links > MAX_LINKS) {
                    throw new FailedPreconditionException(
                            "too many symbolic links at " + path + " in the image");
                }
                follow(found, rest, directories);
            } else if (found != null && found.status.isDirectory()) {
                directories.add(found);
            } else {
                missing.add(name);
            }
        }
        missing.addFirst(directories.getLast().path);
        return String.join(
                "/", missing.getFirst().isEmpty() ? missing.subList(1, missing.size()) : missing);
    }

    private static void dropLast(List<String> missing, List<Found> directories) {
        if (!missing.isEmpty()) {
            missing.removeLast();
        } else if (directories.size() > 1) {
            directories.removeLast();
        }
    }

    /** Opens the directory that holds what was found, in its layer; the caller closes it. */
    public int openParent(Found found) throws IOException {
        String path = found.path;
        String parent = path.substring(0, Math.max(0, path.lastIndexOf('/')));
        int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
        return open(found.layers.getFirst(), parent.isEmpty() ? "." : parent, flags);
    }

    /** Opens what was found; the caller closes it. */
    public int open(Found found, int flags) throws IOException {
        return open(found.layers.getFirst(), found.path, flags);
    }

    @Override
    public void close() throws IOException {
        for (int fd : roots) {
            kernel.close(fd);
        }
        roots.clear();
    }

    /** The top of the tree. */
    public Found root() throws IOException {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < roots.size(); i++) {
            all.add(i);
        }
        if (all.isEmpty()) {
            throw new FailedPreconditionException("the image has no layers, so no files");
        }
        return new Found("", all, kernel.statx(roots.getFirst(), HERE, AT_EMPTY_PATH));
    }

    /** What is in a directory, by name; what has gone meanwhile is not. */
    public SortedMap<String, Found> children(Found directory) throws IOException {
        SortedMap<String, Found> children = new TreeMap<>();
        for (int layer : directory.layers) {
            for (String name : names(layer, directory.path)) {
                if (!children.containsKey(name)) {
                    Found child = child(directory, name);
                    if (child != null) {
                        children.put(name, child);
                    }
                }
            }
        }
        return children;
    }

    /** The extended attributes of what was found, names as byte strings. */
    SortedMap<String, byte[]> xattrs(Found found) throws IOException {
        int slash = found.path.lastIndexOf('/');
        String parent = slash < 0 ? "." : found.path.substring(0, slash);
        String name = found.path.isEmpty() ? "." : found.path.substring(slash + 1);
        SortedMap<String, byte[]> xattrs = new TreeMap<>();
        int fd = open(found.layers.getFirst(), parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
        try {
            String path = "/proc/self/fd/" + fd + "/" + name;
            CString file = CString.of(path.getBytes(StandardCharsets.ISO_8859_1));
            for (CString xattr : kernel.llistxattr(file)) {
                String key = new String(xattr.bytes(), StandardCharsets.ISO_8859_1);
                kernel.lgetxattr(file, xattr).ifPresent(value -> xattrs.put(key, value));
            }
        } finally {
            kernel.close(fd);
        }
        return xattrs;
    }

    /** Where a symbolic link leads, as a byte string. */
    public String target(Found link) throws IOException {
        int fd = open(link, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        try {
            byte[] bytes = kernel.readlinkat(fd, HERE).bytes();
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } finally {
            kernel.close(fd);
        }
    }

    private List<String> names(int layer, String path) throws IOException {
        int fd;
        try {
            fd = open(layer, path.isEmpty() ? "." : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENOTDIR)) {
                return List.of();
            }
            throw e;
        }
        try {
            return namesIn(Path.of("/proc/self/fd/" + fd));
        } finally {
            kernel.close(fd);
        }
    }

    /** The names in a directory, as byte strings, in no order. */
    public static List<String> namesIn(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(entry -> names.add(bytesOfName(entry)));
        }
        return names;
    }

    /** A URI has every byte of a name, also of one that is no text in this locale. */
    private static String bytesOfName(Path entry) {
        String raw = entry.toUri().getRawPath();
        int end = raw.endsWith("/") ? raw.length() - 1 : raw.length();
        int start = raw.lastIndexOf('/', end - 1) + 1;
        StringBuilder name = new StringBuilder();
        for (int i = start; i < end; i++) {
            if (raw.charAt(i) == '%') {
                name.append((char) Integer.parseInt(raw, i + 1, i + 3, HEX));
                i += 2;
            } else {
                name.append(raw.charAt(i));
            }
        }
        return name.toString();
    }

    private @Nullable Found child(Found directory, String name) throws IOException {
        String path = directory.path.isEmpty() ? name : directory.path + "/" + name;
        List<Integer> merged = new ArrayList<>();
        FileStatus first = null;
        for (int layer : directory.layers) {
            FileStatus status = status(layer, path);
            if (status == null) {
                continue;
            }
            if (!status.isDirectory()) {
                boolean shown = first == null && !isWhiteout(status);
                return shown
                        ? new Found(path, List.of(layer), status)
                        : first == null ? null : new Found(path, merged, first);
            }
            first = first == null ? status : first;
            merged.add(layer);
            if (isOpaque(layer, path)) {
                break;
            }
        }
        return first == null ? null : new Found(path, merged, first);
    }

    private void follow(Found link, Deque<String> rest, List<Found> directories)
            throws IOException {
        String target = target(link);
        if (target.startsWith("/")) {
            directories.subList(1, directories.size()).clear();
        }
        List<String> components = new ArrayList<>(components(target));
        Collections.reverse(components);
        components.forEach(rest::push);
    }

    private @Nullable FileStatus status(int layer, String path) throws IOException {
        int fd;
        try {
            fd = open(layer, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        } catch (ErrnoException e) {
            if (e.is(Errno.ENOENT) || e.is(Errno.ENAMETOOLONG)) {
                return null;
            }
            throw e;
        }
        try {
            return kernel.statx(fd, HERE, AT_EMPTY_PATH);
        } finally {
            kernel.close(fd);
        }
    }

    private boolean isOpaque(int layer, String path) throws IOException {
        int fd = open(layer, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        try {
            CString at = CString.of("/proc/self/fd/" + fd + "/.");
            return kernel.lgetxattr(at, OPAQUE)
                    .filter(value -> value.length > 0 && value[0] == 'y')
                    .isPresent();
        } finally {
            kernel.close(fd);
        }
    }

    private int open(int layer, String path, int flags) throws ErrnoException {
        CString bytes = CString.of(path.getBytes(StandardCharsets.ISO_8859_1));
        return kernel.openat2(roots.get(layer), bytes, flags, 0, PLAIN);
    }

    private static boolean isWhiteout(FileStatus status) {
        return status.type() == FileStatus.S_IFCHR && status.rdev() == 0;
    }

    private static List<String> components(String path) {
        return Arrays.stream(path.split("/", -1))
                .filter(component -> !component.isEmpty() && !component.equals("."))
                .toList();
    }
}
