package io.gantry.image.layer;

import io.gantry.base.Ids;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Removal of trees whose content is hostile: never through a symbolic link, of any depth (a process
 * can nest directories deeper than a path can be long), names in any encoding.
 */
public final class FileTree {

    /** Depth at which subdirectories are moved up, so that descriptors and stack stay bounded. */
    private static final int MAX_DEPTH = 64;

    private final SecureDirectoryStream<Path> top;
    private final BooleanSupplier stop;
    private boolean lifted;

    private FileTree(SecureDirectoryStream<Path> top, BooleanSupplier stop) {
        this.top = top;
        this.stop = stop;
    }

    /** Removes a directory with all that is in it; one that is not there is no error. */
    public static void remove(Path directory) throws IOException {
        remove(directory, () -> false);
    }

    /**
     * As {@link #remove(Path)}, unless told to stop.
     *
     * @param stop asked before each entry; what is left then can be removed later
     * @throws InterruptedIOException when it said so
     */
    public static void remove(Path directory, BooleanSupplier stop) throws IOException {
        try {
            clear(directory, stop);
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(directory);
    }

    /** Removes all that is in a directory. */
    public static void clear(Path directory) throws IOException {
        clear(directory, () -> false);
    }

    private static void clear(Path directory, BooleanSupplier stop) throws IOException {
        boolean again = true;
        while (again) {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
                FileTree tree = new FileTree(secure(stream, directory), stop);
                tree.empty(tree.top, 0);
                again = tree.lifted;
            }
        }
    }

    private void empty(SecureDirectoryStream<Path> directory, int depth) throws IOException {
        List<Path> directories = new ArrayList<>();
        for (Path entry : directory) {
            if (stop.getAsBoolean()) {
                throw new InterruptedIOException("told to stop removing files");
            }
            Path name = entry.getFileName();
            if (isDirectory(directory, name)) {
                directories.add(name);
            } else {
                directory.deleteFile(name);
            }
        }
        for (Path name : directories) {
            if (depth == MAX_DEPTH) {
                // A name that nobody can have taken before.
                directory.move(name, top, Path.of(Ids.random()));
                lifted = true;
            } else {
                try (SecureDirectoryStream<Path> child =
                        directory.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS)) {
                    empty(child, depth + 1);
                }
                directory.deleteDirectory(name);
            }
        }
    }

    private static boolean isDirectory(SecureDirectoryStream<Path> directory, Path name)
            throws IOException {
        return directory
                .getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes()
                .isDirectory();
    }

    private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream, Path directory)
            throws IOException {
        if (stream instanceof SecureDirectoryStream<Path> secure) {
            return secure;
        }
        throw new IOException(directory + ": this platform has no calls relative to a directory");
    }
}
