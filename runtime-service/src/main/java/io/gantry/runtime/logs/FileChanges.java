package io.gantry.runtime.logs;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/** Waits until something happens in a file's directory, or a moment has passed. */
final class FileChanges implements AutoCloseable {

    /** The end of a container changes no file, so that waits have to be short enough for it. */
    private static final long MOMENT_MILLIS = 250;

    private final WatchService watch;

    private FileChanges(WatchService watch) {
        this.watch = watch;
    }

    static FileChanges of(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(file + " has no directory");
        }
        WatchService watch = directory.getFileSystem().newWatchService();
        try {
            directory.register(
                    watch,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY);
        } catch (IOException e) {
            watch.close();
            throw e;
        }
        return new FileChanges(watch);
    }

    void await() throws IOException {
        try {
            WatchKey key = watch.poll(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
            if (key != null) {
                key.pollEvents();
                key.reset();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        } catch (ClosedWatchServiceException e) {
            throw new IOException("log reader is closed", e);
        }
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
