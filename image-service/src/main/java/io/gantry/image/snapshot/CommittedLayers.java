package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.FS_TOPDIR_FL;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;

import io.gantry.base.Ids;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.layer.LinkedFiles;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committed layers of an {@link OverlaySnapshotter}, and those in the making: {@code
 * snapshots/<chain id>/fs}, {@code l/}, {@code unpack/}. Methods without a word of their own are
 * those of {@link Snapshotter}. Thread-safe.
 */
final class CommittedLayers {

    private static final Logger log = LoggerFactory.getLogger(CommittedLayers.class);

    private static final int DIRECTORY = O_DIRECTORY | O_CLOEXEC;

    private final Syscalls kernel;
    private final Path root;
    private final Trash trash;
    private final LayerLinks links;
    private final LayerAliases aliases;
    private final LayerSync sync;
    // Unlike unpacking it takes no time, and two pulls may want the same.
    private final ReentrantLock linking = new ReentrantLock();

    CommittedLayers(Syscalls kernel, Path root, Trash trash) {
        this.kernel = kernel;
        this.root = root;
        this.trash = trash;
        this.links = new LayerLinks(root.resolve("l"));
        this.aliases = new LayerAliases(root.resolve("snapshots"));
        this.sync = new LayerSync(kernel, root);
    }

    /** Removes what an earlier run did not finish; the directories are there. */
    void start() throws IOException {
        spread(root.resolve("unpack"));
        for (Path staged : entries(root.resolve("unpack"))) {
            trash.take(staged);
        }
        // Those of a lost layer are among them, for they are read through the link.
        for (Digest layer : all()) {
            if (find(layer).isEmpty()) {
                log.atWarn().addKeyValue("layer", layer).log("removing what is left of a layer");
                remove(layer);
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

    Path stage() throws IOException {
        Path staged = root.resolve("unpack").resolve(Ids.random());
        Files.createDirectory(staged, mode("rwx------"));
        Path fs = staged.resolve("fs");
        Files.createDirectory(fs, mode("rwx------"));
        Files.setPosixFilePermissions(fs, PosixFilePermissions.fromString("rwxr-xr-x"));
        return fs;
    }

    void commit(Path staged, Digest chainId, List<Digest> below, AppliedLayer applied)
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
        links.linkTo(chainId, files(chainId));
    }

    void link(Digest chainId, SortedMap<String, Digest> files, ContentStore content)
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

    void discard(Path staged) throws IOException {
        trash.take(parentOf(staged));
    }

    Optional<LayerInfo> find(Digest chainId) throws IOException {
        return LayerInfo.read(layerDirectory(chainId));
    }

    Set<Digest> all() throws IOException {
        Set<Digest> layers = new HashSet<>();
        for (Path entry : entries(root.resolve("snapshots"))) {
            layers.add(LayerAliases.named(entry));
        }
        return layers;
    }

    void remove(Digest chainId) throws IOException {
        Path layer = layerDirectory(chainId);
        links.remove(chainId, files(chainId));
        if (Files.isSymbolicLink(layer)) {
            Files.deleteIfExists(layer);
        } else {
            trash.take(layer);
        }
    }

    void alias(Digest chainId, Digest layer) throws IOException {
        if (!aliases.isGiven(chainId)) {
            sync.change(() -> aliases.give(chainId, layer));
        }
        links.linkTo(chainId, files(chainId));
    }

    Map<Digest, Digest> aliases() throws IOException {
        return aliases.list();
    }

    void sync() throws IOException {
        sync.sync();
    }

    /** Where the files of a layer are. */
    Path files(Digest chainId) {
        return layerDirectory(chainId).resolve("fs");
    }

    LayerStack stack(List<Digest> stack) throws IOException {
        return new LayerStack(kernel, directories(stack));
    }

    /** Those of the layers that can be seen, topmost first. */
    List<Path> directories(List<Digest> stack) throws IOException {
        return visible(stack).stream().map(this::files).toList();
    }

    /** Directories of the layers that can be seen, topmost first, by the names of their links. */
    List<Path> lowers(List<Digest> stack) throws IOException {
        List<Path> lowers = new ArrayList<>();
        for (Digest chainId : visible(stack)) {
            lowers.add(links.linkTo(chainId, files(chainId)));
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

    static List<Path> entries(Path directory) throws IOException {
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

    /** For what only the daemon may look into. */
    private static FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }
}
