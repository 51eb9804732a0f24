package io.gantry.cri.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Where logs of Gantry's own containers are: one directory a pod, named by the pod's uid. */
public final class LogDirectories {

    private static final String MODE = "rwxr-x---";

    private final Path root;

    /**
     * Makes nothing yet.
     *
     * @param root directory of all of them
     */
    public LogDirectories(Path root) {
        this.root = root;
    }

    Path create(String uid) throws IOException {
        return Files.createDirectories(
                root.resolve(uid),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(MODE)));
    }

    /** Removes a directory with its logs; one that is not there is no error. */
    void remove(String uid) throws IOException {
        Path directory = root.resolve(uid);
        List<Path> entries;
        try (Stream<Path> walk = Files.walk(directory)) {
            entries = walk.sorted(Comparator.reverseOrder()).toList();
        } catch (NoSuchFileException gone) {
            return;
        }
        for (Path entry : entries) {
            Files.deleteIfExists(entry);
        }
    }

    /** Removes those that no live pod has. */
    void sweep(Set<String> live) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        List<String> names;
        try (Stream<Path> entries = Files.list(root)) {
            names = entries.map(entry -> entry.getFileName().toString()).toList();
        }
        for (String name : names) {
            if (!live.contains(name)) {
                remove(name);
            }
        }
    }
}
