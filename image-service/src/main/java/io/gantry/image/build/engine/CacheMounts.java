package io.gantry.image.build.engine;

import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.KeyedLocks;
import io.gantry.image.build.dockerfile.RunMount;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.FileTree;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The directories of cache mounts: {@code <hash of the id>/<number>}, the first shared, further
 * ones for those who want one of their own while it is in use. Thread-safe.
 */
final class CacheMounts {

    private static final String ID = "id";
    private static final String LEAVING = ".leaving-";

    private final Syscalls kernel;
    private final Path root;
    private final KeyedLocks<String> locked = new KeyedLocks<>();
    private final Map<Path, Integer> users = new HashMap<>();

    CacheMounts(Syscalls kernel, Path root) {
        this.kernel = kernel;
        this.root = root;
    }

    /** A directory that is held until closed. */
    record Held(Path directory, boolean isNew, Runnable release) implements AutoCloseable {
        @Override
        public void close() {
            release.run();
        }
    }

    /**
     * Takes the directory of a cache.
     *
     * @param id with its name space
     */
    Held take(String id, RunMount.Cache cache, Deadline deadline) throws IOException {
        if (cache.sharing() != RunMount.Sharing.LOCKED) {
            return enter(id, cache);
        }
        KeyedLocks.Held turn = locked.lock(id, deadline);
        boolean entered = false;
        try {
            Held held = enter(id, cache);
            entered = true;
            return new Held(
                    held.directory,
                    held.isNew,
                    () -> {
                        held.release.run();
                        turn.close();
                    });
        } finally {
            if (!entered) {
                turn.close();
            }
        }
    }

    private synchronized Held enter(String id, RunMount.Cache cache) throws IOException {
        Path parent = root.resolve(hashOf(id));
        int number = 0;
        boolean own = cache.sharing() == RunMount.Sharing.PRIVATE;
        while (own && users.containsKey(parent.resolve(Integer.toString(number)))) {
            number++;
        }
        Path directory = parent.resolve(Integer.toString(number));
        boolean isNew = !Files.isDirectory(directory);
        if (isNew) {
            Files.createDirectories(directory);
            Files.writeString(parent.resolve(ID), id);
            own(directory, cache.owner());
        }
        users.merge(directory, 1, Integer::sum);
        return new Held(directory, isNew, () -> leave(directory));
    }

    private void own(Path directory, RunMount.Owner owner) throws IOException {
        CString path = CString.of(directory.toString());
        kernel.fchownat(
                OpenFlags.AT_FDCWD,
                path,
                (int) owner.uid(),
                (int) owner.gid(),
                OpenFlags.AT_SYMLINK_NOFOLLOW);
        kernel.fchmodat(OpenFlags.AT_FDCWD, path, owner.mode());
    }

    private synchronized void leave(Path directory) {
        users.computeIfPresent(directory, (_, count) -> count > 1 ? count - 1 : null);
    }

    /**
     * A directory that is here.
     *
     * @param id of its cache
     */
    record Known(Path directory, String id) {}

    /** All directories, whoever has them. */
    List<Known> known() throws IOException {
        List<Known> all = new ArrayList<>();
        for (Path cache : children(root)) {
            if (!isLeaving(cache)) {
                for (Path part : children(cache)) {
                    if (Files.isDirectory(part)) {
                        all.add(new Known(part, Files.readString(cache.resolve(ID))));
                    }
                }
            }
        }
        return all;
    }

    private static List<Path> children(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private static boolean isLeaving(Path cache) {
        return String.valueOf(cache.getFileName()).startsWith(LEAVING);
    }

    /** What a directory is called from outside. */
    String nameOf(Path directory) {
        return root.relativize(directory).toString();
    }

    /**
     * Removes a directory that no running step has.
     *
     * @param name as {@link #nameOf} has it
     * @return whether it was there and is gone
     */
    boolean remove(String name) throws IOException {
        boolean gone = setAside(root.resolve(name).normalize());
        // Also what a removal that was cut short has left.
        for (Path each : children(root)) {
            if (isLeaving(each)) {
                FileTree.remove(each);
            }
        }
        return gone;
    }

    /** Renamed at once, for a step may want it while many files are being removed. */
    private synchronized boolean setAside(Path directory) throws IOException {
        Path cache = directory.getParent();
        if (cache == null || !root.equals(cache.getParent()) || users.containsKey(directory)) {
            return false;
        }
        try {
            Files.move(directory, root.resolve(LEAVING + Ids.random()));
        } catch (NoSuchFileException e) {
            return false;
        }
        if (children(cache).equals(List.of(cache.resolve(ID)))) {
            FileTree.remove(cache);
        }
        return true;
    }

    /** Whether a running step has it. */
    synchronized boolean inUse(Path directory) {
        return users.containsKey(directory);
    }

    private static String hashOf(String id) {
        return Digest.sha256(id.getBytes(StandardCharsets.UTF_8)).hex();
    }
}
