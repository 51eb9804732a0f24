package io.gantry.image.snapshot;

import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.image.layer.FileTree;
import io.gantry.linux.syscall.NoSpace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where trees go to be deleted: a rename takes them out of sight at once, whatever their size, and
 * whatever happens then the next start deletes them.
 */
final class Trash implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Trash.class);

    private final Path directory;
    private final Deletion deletion;
    private final ExecutorService deleting = Tasks.nativePool("image-trash", 1);
    private volatile boolean closed;

    Trash(Path directory) {
        this(directory, FileTree::remove);
    }

    Trash(Path directory, Deletion deletion) {
        this.directory = directory;
        this.deletion = deletion;
    }

    /** Deletes a tree. */
    @FunctionalInterface
    interface Deletion {
        /**
         * Deletes it, or fails soon after {@code stop} says so.
         *
         * @throws InterruptedIOException when it was stopped
         */
        void delete(Path tree, BooleanSupplier stop) throws IOException;
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
        } catch (IOException e) {
            if (!NoSpace.causes(e)) {
                throw e;
            }
            // A further name in the directory would need room that there is not.
            deletion.delete(tree, () -> closed);
            return true;
        }
        deleteLater(taken);
        return true;
    }

    /** Ends what is being deleted, which an image of many files would draw out for seconds. */
    @Override
    public void close() {
        closed = true;
        deleting.close();
    }

    private void deleteLater(Path tree) {
        deleting.execute(() -> delete(tree));
    }

    private void delete(Path tree) {
        if (closed) {
            return;
        }
        try {
            deletion.delete(tree, () -> closed);
        } catch (InterruptedIOException e) {
            log.atDebug().addKeyValue("path", tree).log("left for the next start to delete");
        } catch (IOException e) {
            log.atWarn()
                    .addKeyValue("path", tree)
                    .setCause(e)
                    .log("not deleted, will be tried again at the next start");
        }
    }
}
