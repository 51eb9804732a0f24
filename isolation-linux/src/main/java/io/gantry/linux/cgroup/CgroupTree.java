package io.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The directories of one hierarchy. Groups may vanish while it looks: that is never an error.
 *
 * @param root mount point
 */
record CgroupTree(Path root, Pause pause) {

    Path directory(CgroupPath path) {
        return root.resolve(path.relative());
    }

    boolean exists(CgroupPath path) {
        return Files.isDirectory(directory(path));
    }

    /**
     * Makes sure of a group, whose files may each be missing for other reasons.
     *
     * @throws NoSuchFileException when it is not there
     */
    void require(CgroupPath path) throws NoSuchFileException {
        if (!exists(path)) {
            throw new NoSuchFileException(directory(path).toString());
        }
    }

    /** The names of the groups in a group, in order. */
    List<String> children(CgroupPath path) throws IOException {
        return subdirectories(directory(path)).stream()
                .map(child -> directory(path).relativize(child).toString())
                .sorted()
                .toList();
    }

    /** Processes in a group and below, in order of their ids. */
    List<Integer> processes(CgroupPath path) throws IOException {
        TreeSet<Integer> pids = new TreeSet<>();
        for (Path directory : withDescendants(directory(path))) {
            try {
                CgroupFiles.words(directory.resolve("cgroup.procs"))
                        .forEach(pid -> pids.add(Integer.valueOf(pid)));
            } catch (NoSuchFileException e) {
                // Removed since it was listed.
            }
        }
        return List.copyOf(pids);
    }

    /** The sum of a value over a group and all below it. */
    long sum(CgroupPath path, String file, String key) throws IOException {
        long sum = 0;
        for (Path directory : withDescendants(directory(path))) {
            sum += CgroupFiles.keyed(directory.resolve(file), key);
        }
        return sum;
    }

    /** Removes a group and those below it. */
    void remove(CgroupPath path) throws IOException {
        try {
            // Most groups are leaves without processes; then there is nothing to look for.
            Files.deleteIfExists(directory(path));
            return;
        } catch (IOException e) {
            // It has processes or groups below it.
        }
        for (Path directory : withDescendants(directory(path)).reversed()) {
            removeOne(path, directory);
        }
    }

    /** A process that ends leaves its group a moment after it is gone for its parent. */
    private void removeOne(CgroupPath path, Path directory) throws IOException {
        Pause.Attempts attempts = pause.attempts();
        while (true) {
            try {
                Files.deleteIfExists(directory);
                return;
            } catch (IOException e) {
                if (!attempts.again()) {
                    throw new IOException(
                            "remove cgroup "
                                    + directory
                                    + ": "
                                    + CgroupFiles.reason(e)
                                    + ", processes in it: "
                                    + processes(path),
                            e);
                }
            }
        }
    }

    /** Parents before their children. */
    private static List<Path> withDescendants(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            found.add(directory);
        }
        for (int next = 0; next < found.size(); next++) {
            found.addAll(subdirectories(found.get(next)));
        }
        return found;
    }

    /** Each directory in one links to it; to look at dozens of files instead takes long. */
    private static boolean isLeaf(Path directory) throws IOException {
        try {
            return Integer.valueOf(2).equals(Files.getAttribute(directory, "unix:nlink"));
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    private static List<Path> subdirectories(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        if (isLeaf(directory)) {
            return found;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                    found.add(entry);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            // What vanishes while it is listed answers ENODEV or ENOENT.
            if (Files.exists(directory)) {
                throw e.getCause();
            }
        }
        return found;
    }
}
