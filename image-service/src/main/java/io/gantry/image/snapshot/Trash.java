package io.gantry.image.snapshot;

import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.image.layer.FileTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where trees go to be deleted: a rename takes them out of sight at once, whatever their size, and
 * whatever happens then the next start deletes them.
 */
final class Trash implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Trash.class);

    private final Path directory;
    private final ExecutorService deleting = Tasks.nativePool("image-trash", 1);

    Trash(Path directory) {
        this.directory = directory;
    }

    /** Deletes what an earlier run left. */
    void sweep() throws IOException {
        try (DirectoryStream<Path> trees = Files.newDirectoryStream(directory)) {
            trees.forEach(this::deleteLater);
        }
    }

    /** Takes a tree away; false when it is not there. */
    boolean take(Path tree) throws IOException {
        Path taken = directory.resolve(Ids.random());
        try {
            Files.move(tree, taken, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            return false;
        }
        deleteLater(taken);
        return true;
    }

    /** Waits until everything is deleted. */
    @Override
    public void close() {
        deleting.close();
    }

    private void deleteLater(Path tree) {
        deleting.execute(
                () -> {
                    try {
                        FileTree.remove(tree);
                    } catch (IOException e) {
                        log.atWarn()
                                .addKeyValue("path", tree)
                                .setCause(e)
                                .log("not deleted, will be tried again at the next start");
                    }
                });
    }
}
