package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.gantry.base.Ids;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * Snapshots by overlayfs. Below its directory: {@code snapshots/<chain id>/fs} a layer, {@code
 * active/<key>/fs} and {@code work} a writable snapshot, {@code volumes} its volumes, {@code l/}
 * short names of layers, {@code unpack/} layers in the making, {@code trash/} what is being
 * deleted.
 */
public final class OverlaySnapshotter implements Snapshotter, AutoCloseable {

    private static final int VOLUME_DIGITS = 16;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

    private final Syscalls kernel;
    private final Path root;
    private final Trash trash;
    private final CommittedLayers layers;

    private OverlaySnapshotter(Syscalls kernel, Path root) {
        this.kernel = kernel;
        this.root = root;
        this.trash = new Trash(root.resolve("trash"));
        this.layers = new CommittedLayers(kernel, root, trash);
    }

    /**
     * Opens the snapshots of a state directory, removing what an earlier run did not finish.
     *
     * @throws InvalidArgumentException when overlayfs could not take the directory's path
     */
    public static OverlaySnapshotter open(Syscalls kernel, Path root) throws IOException {
        Path absolute = root.toAbsolutePath().normalize();
        if (absolute.toString().chars().anyMatch(c -> c == ':' || c == ',' || c == '\\')) {
            throw new InvalidArgumentException(
                    "state directory "
                            + absolute
                            + " has a colon, comma or backslash, which overlayfs takes apart");
        }
        OverlaySnapshotter snapshotter = new OverlaySnapshotter(kernel, absolute);
        snapshotter.start();
        return snapshotter;
    }

    private void start() throws IOException {
        for (String part : List.of("snapshots", "active", "l", "unpack", "trash")) {
            Files.createDirectories(root.resolve(part), mode("rwx------"));
        }
        for (String empty : List.of("empty", "bottom")) {
            Path directory = Files.createDirectories(root.resolve(empty));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        trash.sweep();
        layers.start();
    }

    @Override
    public Path stage() throws IOException {
        return layers.stage();
    }

    @Override
    public void commit(Path staged, Digest chainId, List<Digest> below, AppliedLayer applied)
            throws IOException {
        layers.commit(staged, chainId, below, applied);
    }

    @Override
    public void link(Digest chainId, SortedMap<String, Digest> files, ContentStore content)
            throws IOException {
        layers.link(chainId, files, content);
    }

    @Override
    public void discard(Path staged) throws IOException {
        layers.discard(staged);
    }

    @Override
    public Optional<LayerInfo> find(Digest chainId) throws IOException {
        return layers.find(chainId);
    }

    @Override
    public Set<Digest> layers() throws IOException {
        return layers.all();
    }

    @Override
    public void removeLayer(Digest chainId) throws IOException {
        layers.remove(chainId);
    }

    @Override
    public void alias(Digest chainId, Digest layer) throws IOException {
        layers.alias(chainId, layer);
    }

    @Override
    public List<SpecMount> prepare(String key, List<Digest> stack) throws IOException {
        List<Path> lowers = layers.lowers(stack);
        Path directory = activeDirectory(key);
        List<String> options = new ArrayList<>(OverlayOptions.over(lowers));
        options.add("upperdir=" + directory.resolve("fs"));
        options.add("workdir=" + directory.resolve("work"));
        try {
            Files.createDirectory(directory, mode("rwx------"));
        } catch (FileAlreadyExistsException e) {
            throw new AlreadyExistsException("snapshot " + key + " exists already", e);
        }
        try {
            Files.createDirectory(directory.resolve("work"), mode("rwx------"));
            makeUpper(directory.resolve("fs"), lowers.getFirst());
        } catch (IOException e) {
            trash.take(directory);
            throw e;
        }
        return List.of(new SpecMount("/", "overlay", "overlay", options));
    }

    @Override
    public SpecMount view(List<Digest> stack) throws IOException {
        List<Path> lowers = new ArrayList<>(layers.lowers(stack));
        if (lowers.size() == 1) {
            // Overlayfs wants two where nothing can be written. A bind mount of the one would
            // show its whiteouts, and could be made writable by root in a container.
            lowers.add(root.resolve("bottom"));
        }
        List<String> options = new ArrayList<>(OverlayOptions.over(lowers));
        options.add("ro");
        return new SpecMount("/", "overlay", "overlay", options);
    }

    @Override
    public Path volume(String key, List<Digest> stack, String path) throws IOException {
        Path volumes = activeDirectory(key).resolve("volumes");
        Files.createDirectories(volumes, mode("rwx------"));
        Path volume = volumes.resolve(Ids.random().substring(0, VOLUME_DIGITS));
        Files.createDirectory(volume, mode("rwx------"));
        Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxr-xr-x"));
        boolean filled = false;
        try {
            LayerStack below = stack(stack);
            if (!below.isEmpty()) {
                new CopyUp(kernel, below).copy(path, volume);
            }
            filled = true;
            return volume;
        } finally {
            if (!filled) {
                trash.take(volume);
            }
        }
    }

    @Override
    public void remove(String key) throws IOException {
        trash.take(activeDirectory(key));
    }

    @Override
    public Set<String> keys() throws IOException {
        Set<String> keys = new HashSet<>();
        for (Path entry : CommittedLayers.entries(root.resolve("active"))) {
            keys.add(entry.getFileName().toString());
        }
        return keys;
    }

    @Override
    public List<Usage> volumes(String key) throws IOException {
        return VolumeUsage.of(kernel, activeDirectory(key).resolve("volumes"));
    }

    @Override
    public Optional<Usage> usage(String key) throws IOException {
        try {
            return Optional.of(DiskUsage.of(kernel, activeDirectory(key).resolve("fs")));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public LayerStack stack(List<Digest> stack) throws IOException {
        return layers.stack(stack);
    }

    @Override
    public Optional<LayerStack> merged(String key, List<Digest> stack) throws IOException {
        Path upper = activeDirectory(key).resolve("fs");
        if (!Files.isDirectory(upper, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        List<Path> directories = new ArrayList<>();
        directories.add(upper);
        directories.addAll(layers.directories(stack));
        return Optional.of(new LayerStack(kernel, directories));
    }

    @Override
    public LayerStack staged(Path staged, List<Digest> stack) throws IOException {
        List<Path> directories = new ArrayList<>(List.of(staged));
        directories.addAll(layers.directories(stack));
        return new LayerStack(kernel, directories);
    }

    @Override
    public Path upper(String key) {
        return activeDirectory(key).resolve("fs");
    }

    @Override
    public Path files(Digest layer) {
        return layers.files(layer);
    }

    @Override
    public void commitActive(String key, Digest layer, List<Digest> below, AppliedLayer applied)
            throws IOException {
        Path staged = stage();
        try {
            Files.move(upper(key), staged, StandardCopyOption.ATOMIC_MOVE);
            commit(staged, layer, below, applied);
        } catch (IOException e) {
            discard(staged);
            throw e;
        }
        remove(key);
    }

    @Override
    public Map<Digest, Digest> aliases() throws IOException {
        return layers.aliases();
    }

    @Override
    public void sync() throws IOException {
        layers.sync();
    }

    /** Leaves what is not deleted yet to the next start. */
    @Override
    public void close() {
        trash.close();
    }

    /** The root of a snapshot looks like that of the layer below it. */
    private void makeUpper(Path upper, Path top) throws IOException {
        Files.createDirectory(upper, mode("rwx------"));
        FileStatus status = kernel.statx(AT_FDCWD, CString.of(top.toString()), 0);
        CString path = CString.of(upper.toString());
        kernel.fchownat(AT_FDCWD, path, status.uid(), status.gid(), AT_SYMLINK_NOFOLLOW);
        kernel.fchmodat(AT_FDCWD, path, status.permissions());
    }

    private Path activeDirectory(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new InvalidArgumentException("invalid snapshot key \"" + key + "\"");
        }
        return root.resolve("active").resolve(key);
    }

    private static FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
