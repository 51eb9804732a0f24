package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.FS_TOPDIR_FL;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;

import io.gantry.base.Ids;
import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.layer.LinkedFiles;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
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
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots by overlayfs. Below its directory: {@code snapshots/<chain id>/fs} a layer, {@code
 * active/<key>/fs} and {@code work} a writable snapshot, {@code volumes} its volumes, {@code l/}
 * short names of layers, {@code unpack/} layers in the making, {@code trash/} what is being
 * deleted.
 */
public final class OverlaySnapshotter implements Snapshotter, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(OverlaySnapshotter.class);

    private static final int DIRECTORY = O_DIRECTORY | O_CLOEXEC;
    private static final int VOLUME_DIGITS = 16;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

    private final Syscalls kernel;
    private final Path root;
    private final Trash trash;
    private final LayerLinks links;
    private final LayerAliases aliases;
    private final LayerSync sync;
    // Unlike unpacking it takes no time, and two pulls may want the same.
    private final ReentrantLock linking = new ReentrantLock();

    private OverlaySnapshotter(Syscalls kernel, Path root) {
        this.kernel = kernel;
        this.root = root;
        this.trash = new Trash(root.resolve("trash"));
        this.links = new LayerLinks(root.resolve("l"));
        this.aliases = new LayerAliases(root.resolve("snapshots"));
        this.sync = new LayerSync(kernel, root);
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
        spread(root.resolve("unpack"));
        for (Path staged : entries(root.resolve("unpack"))) {
            trash.take(staged);
        }
        trash.sweep();
        // Those of a lost layer are among them, for they are read through the link.
        for (Digest layer : layers()) {
            if (find(layer).isEmpty()) {
                log.atWarn().addKeyValue("layer", layer).log("removing what is left of a layer");
                removeLayer(layer);
            }
        }
        links.sweep();
    }

    /**
     * Tells the file system that the directories made in here have nothing to do with each other.
     * ext4 then gives each a block group of its own. In a shared one it would pass over, at every
     * file it makes, all the inodes of layers that were deleted in the last minutes, for it does
     * not use such again so soon: an image after another had been removed took twice as long.
     */
    private void spread(Path directory) throws IOException {
        int fd = kernel.openat(AT_FDCWD, CString.of(directory.toString()), DIRECTORY, 0);
        try {
            kernel.ioctl_setflags(fd, kernel.ioctl_getflags(fd) | FS_TOPDIR_FL);
        } catch (ErrnoException e) {
            log.atDebug()
                    .addKeyValue("path", directory)
                    .setCause(e)
                    .log("the file system has no such hint");
        } finally {
            kernel.close(fd);
        }
    }

    @Override
    public Path stage() throws IOException {
        Path staged = root.resolve("unpack").resolve(Ids.random());
        Files.createDirectory(staged, mode("rwx------"));
        Path fs = staged.resolve("fs");
        Files.createDirectory(fs, mode("rwx------"));
        Files.setPosixFilePermissions(fs, PosixFilePermissions.fromString("rwxr-xr-x"));
        return fs;
    }

    @Override
    public void commit(Path staged, Digest chainId, List<Digest> below, AppliedLayer applied)
            throws IOException {
        new ImpliedDirectories(kernel, stack(below)).describe(staged, applied);
        Path directory = parentOf(staged);
        new LayerInfo(
                        applied.diffId(),
                        new Usage(applied.bytes(), applied.inodes()),
                        applied.opaqueRoot())
                .write(directory);
        Path layer = layerDirectory(chainId);
        if (find(chainId).isPresent()) {
            trash.take(directory);
        } else {
            sync.change(() -> Files.move(directory, layer, StandardCopyOption.ATOMIC_MOVE));
        }
        links.linkTo(chainId, layer.resolve("fs"));
    }

    @Override
    public void link(Digest chainId, SortedMap<String, Digest> files, ContentStore content)
            throws IOException {
        linking.lock();
        try {
            if (find(chainId).isEmpty()) {
                linkAfresh(chainId, files, content);
            }
        } finally {
            linking.unlock();
        }
    }

    private void linkAfresh(Digest chainId, SortedMap<String, Digest> files, ContentStore content)
            throws IOException {
        Path staged = stage();
        boolean committed = false;
        try {
            LinkedFiles made = new LinkedFiles(kernel, content);
            commit(staged, chainId, List.of(), made.make(chainId, files, staged));
            committed = true;
        } finally {
            if (!committed) {
                discard(staged);
            }
        }
    }

    @Override
    public void discard(Path staged) throws IOException {
        trash.take(parentOf(staged));
    }

    @Override
    public Optional<LayerInfo> find(Digest chainId) throws IOException {
        return LayerInfo.read(layerDirectory(chainId));
    }

    @Override
    public Set<Digest> layers() throws IOException {
        Set<Digest> layers = new HashSet<>();
        for (Path entry : entries(root.resolve("snapshots"))) {
            layers.add(LayerAliases.named(entry));
        }
        return layers;
    }

    @Override
    public void removeLayer(Digest chainId) throws IOException {
        Path layer = layerDirectory(chainId);
        links.remove(chainId, layer.resolve("fs"));
        if (Files.isSymbolicLink(layer)) {
            Files.deleteIfExists(layer);
        } else {
            trash.take(layer);
        }
    }

    @Override
    public List<SpecMount> prepare(String key, List<Digest> stack) throws IOException {
        List<Path> lowers = lowers(stack);
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
        List<Path> lowers = new ArrayList<>(lowers(stack));
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
            LayerStack layers = stack(stack);
            if (!layers.isEmpty()) {
                new CopyUp(kernel, layers).copy(path, volume);
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
        for (Path entry : entries(root.resolve("active"))) {
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
        List<Path> directories =
                visible(stack).stream().map(id -> layerDirectory(id).resolve("fs")).toList();
        return new LayerStack(kernel, directories);
    }

    @Override
    public Optional<LayerStack> merged(String key, List<Digest> stack) throws IOException {
        Path upper = activeDirectory(key).resolve("fs");
        if (!Files.isDirectory(upper, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        List<Path> directories = new ArrayList<>();
        directories.add(upper);
        visible(stack).forEach(id -> directories.add(layerDirectory(id).resolve("fs")));
        return Optional.of(new LayerStack(kernel, directories));
    }

    @Override
    public LayerStack staged(Path staged, List<Digest> stack) throws IOException {
        List<Path> directories = new ArrayList<>(List.of(staged));
        visible(stack).forEach(id -> directories.add(files(id)));
        return new LayerStack(kernel, directories);
    }

    @Override
    public Path upper(String key) {
        return activeDirectory(key).resolve("fs");
    }

    @Override
    public Path files(Digest layer) {
        return layerDirectory(layer).resolve("fs");
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
    public void alias(Digest chainId, Digest layer) throws IOException {
        if (!aliases.isGiven(chainId)) {
            sync.change(() -> aliases.give(chainId, layer));
        }
        links.linkTo(chainId, files(chainId));
    }

    @Override
    public Map<Digest, Digest> aliases() throws IOException {
        return aliases.list();
    }

    @Override
    public void sync() throws IOException {
        sync.sync();
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

    /** Directories of the layers that can be seen, topmost first, by the names of their links. */
    private List<Path> lowers(List<Digest> stack) throws IOException {
        List<Path> lowers = new ArrayList<>();
        for (Digest chainId : visible(stack)) {
            lowers.add(links.linkTo(chainId, layerDirectory(chainId).resolve("fs")));
        }
        return lowers.isEmpty() ? List.of(root.resolve("empty")) : lowers;
    }

    /** Topmost first; overlayfs itself takes no notice of an opaque root. */
    private List<Digest> visible(List<Digest> stack) throws IOException {
        List<Digest> visible = new ArrayList<>();
        for (Digest chainId : stack.reversed()) {
            LayerInfo layer =
                    find(chainId)
                            .orElseThrow(
                                    () ->
                                            new NoSuchFileException(
                                                    layerDirectory(chainId).toString()));
            visible.add(chainId);
            if (layer.opaqueRoot()) {
                break;
            }
        }
        return visible;
    }

    private Path layerDirectory(Digest chainId) {
        return root.resolve("snapshots").resolve(chainId.hex());
    }

    private Path activeDirectory(String key) {
        if (!KEY.matcher(key).matches()) {
            throw new InvalidArgumentException("invalid snapshot key \"" + key + "\"");
        }
        return root.resolve("active").resolve(key);
    }

    private static List<Path> entries(Path directory) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        }
        return entries;
    }

    private static Path parentOf(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " is not a staged layer");
        }
        return parent;
    }

    private static FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
