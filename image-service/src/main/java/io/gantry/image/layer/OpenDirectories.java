package io.gantry.image.layer;

import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Descriptors of directories by their paths, those that were used last; what comes next is mostly
 * beside what came before. Not thread-safe.
 */
public final class OpenDirectories implements AutoCloseable {

    private static final int MAX = 64;

    private final Syscalls kernel;
    private final Map<String, Integer> open = new LinkedHashMap<>(MAX, 0.75f, true);

    /** None are open at first. */
    public OpenDirectories(Syscalls kernel) {
        this.kernel = kernel;
    }

    /** A descriptor, valid until the next {@link #put}; null when it is not open. */
    public @Nullable Integer get(String path) {
        return open.get(path);
    }

    /** Keeps a descriptor, which it closes one day. */
    public int put(String path, int fd) throws IOException {
        if (open.size() >= MAX) {
            Map.Entry<String, Integer> oldest = open.entrySet().iterator().next();
            open.remove(oldest.getKey());
            kernel.close(oldest.getValue());
        }
        open.put(path, fd);
        return fd;
    }

    /** Closes all; others may be put here afterwards. */
    @Override
    public void close() throws IOException {
        List<Integer> fds = new ArrayList<>(open.values());
        open.clear();
        for (int fd : fds) {
            kernel.close(fd);
        }
    }
}
