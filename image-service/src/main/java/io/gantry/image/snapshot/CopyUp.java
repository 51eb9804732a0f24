package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.snapshot.StackWalk.Found;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Fills a new directory with what layers have in one of theirs. */
final class CopyUp {

    private final Syscalls kernel;
    private final LayerStack layers;

    CopyUp(Syscalls kernel, LayerStack layers) {
        this.kernel = kernel;
        this.layers = layers;
    }

    /** Copies; nothing else may change the directory meanwhile. */
    void copy(String path, Path into) throws IOException {
        String bytes =
                new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        try (StackWalk walk = layers.walk()) {
            Optional<Found> found = walk.resolve(bytes, true);
            if (found.isEmpty()) {
                return;
            }
            if (!found.get().status().isDirectory()) {
                throw new FailedPreconditionException(
                        path + " in the image is no directory, so it cannot be a volume");
            }
            int to = kernel.openat(AT_FDCWD, CString.of(into.toString()), flags, 0);
            try {
                copy(new TreeCopy(kernel, walk, to), walk, found.get());
            } finally {
                kernel.close(to);
            }
        }
    }

    /** Most are empty; the others are copied on a thread that native calls may block. */
    private static void copy(TreeCopy copy, StackWalk walk, Found top) throws IOException {
        if (walk.children(top).isEmpty()) {
            copy.run(top);
            return;
        }
        try (ExecutorService thread = Tasks.nativePool("volume", 1)) {
            Future<?> copied =
                    thread.submit(
                            () -> {
                                copy.run(top);
                                return null;
                            });
            try {
                copied.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                thread.shutdownNow();
                throw new CancelledException("filling a volume was interrupted", e);
            }
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        }
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        switch (failure) {
            case IOException e -> throw e;
            case ServiceException e -> throw e;
            case Error e -> throw e;
            case null, default ->
                    throw new InternalException("filling a volume failed: " + failure, failure);
        }
    }
}
