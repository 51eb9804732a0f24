package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.ImageLayout;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SortedSet;
import java.util.TreeSet;

/** Entries of a layer's directory as lines: path, kind, mode, content. */
final class Listing {

    private Listing() {}

    static String directory(String path) {
        return line(path, "directory", "rwxr-xr-x", "");
    }

    static String file(String path, byte[] content) {
        return line(path, "file", "rw-r--r--", content.length + " " + ImageLayout.digest(content));
    }

    static String link(String path, String target) {
        return line(path, "link", "", target);
    }

    /** What overlayfs takes for one: a device of its own. */
    static String whiteout(String path) {
        return line(path, "other", "", "");
    }

    private static String line(String path, String kind, String mode, String content) {
        return String.join(" ", path, kind, mode, content).strip();
    }

    /** What is in the directory of a layer. */
    static SortedSet<String> of(Path root) throws IOException {
        SortedSet<String> lines = new TreeSet<>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) throws IOException {
                        if (!directory.equals(root)) {
                            lines.add(line(root, directory, "directory", ""));
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        lines.add(entry(root, file, attributes));
                        return FileVisitResult.CONTINUE;
                    }
                });
        return lines;
    }

    private static String entry(Path root, Path file, BasicFileAttributes attributes)
            throws IOException {
        String path = root.relativize(file).toString();
        if (attributes.isSymbolicLink()) {
            return link(path, Files.readSymbolicLink(file).toString());
        }
        if (attributes.isRegularFile()) {
            byte[] content = Files.readAllBytes(file);
            return line(root, file, "file", content.length + " " + ImageLayout.digest(content));
        }
        return whiteout(path);
    }

    private static String line(Path root, Path file, String kind, String content)
            throws IOException {
        return line(
                root.relativize(file).toString(),
                kind,
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)),
                content);
    }
}
