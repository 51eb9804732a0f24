package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes layers durable, all at once: one flush of the file system costs less than one for each of
 * the files that layers are made of. None is made when nothing has changed since the last, so that
 * everybody who relies on a layer can ask for it, whoever made the layer. Thread-safe.
 */
final class LayerSync {

    private final Syscalls kernel;
    private final Path directory;
    private final ReentrantLock syncing = new ReentrantLock();

    /** What an earlier run of the daemon made may not be durable either. */
    private long changes = 1;

    private long durable;

    LayerSync(Syscalls kernel, Path directory) {
        this.kernel = kernel;
        this.directory = directory;
    }

    /** What makes a layer visible. */
    @FunctionalInterface
    interface Change {
        void make() throws IOException;
    }

    /** Makes a change, which must be quick. */
    synchronized void change(Change change) throws IOException {
        // Who sees the layer and then syncs must not find everything durable.
        changes++;
        change.make();
    }

    /** Makes every change that was made before the call durable. */
    void sync() throws IOException {
        // A second caller may rely on what the first is still flushing: it must wait.
        syncing.lock();
        try {
            long made = made();
            if (made > durable) {
                flush();
                durable = made;
            }
        } finally {
            syncing.unlock();
        }
    }

    private synchronized long made() {
        return changes;
    }

    private void flush() throws IOException {
        int fd =
                kernel.openat(
                        AT_FDCWD, CString.of(directory.toString()), O_DIRECTORY | O_CLOEXEC, 0);
        try {
            kernel.syncfs(fd);
        } finally {
            kernel.close(fd);
        }
    }
}
