package io.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Writes to files of a group that are taken back, in reverse, when one of them fails. */
final class Changes implements AutoCloseable {

    /** What write(2) answers as EBUSY: the kernel could not reclaim so much. */
    private static final String EBUSY = "Device or resource busy";

    private final Deque<Before> before = new ArrayDeque<>();

    private record Before(Path file, String value) {}

    /**
     * Writes a value.
     *
     * @throws NoSuchFileException when there is no such file
     * @throws LimitRefusedException when the kernel does not take the value
     */
    void write(Path file, Write write) throws IOException {
        Before now = new Before(file, CgroupFiles.read(file));
        set(file, write);
        before.push(now);
    }

    /** As {@link #write}, of a group that is not in use yet: nothing is to be taken back. */
    static void set(Path file, Write write) throws IOException {
        try {
            CgroupFiles.write(file, write.value());
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException e) {
            throw new LimitRefusedException(write, isBusy(e), e);
        }
    }

    /** They stay. */
    void commit() {
        before.clear();
    }

    private static boolean isBusy(IOException e) {
        return e.getCause() instanceof IOException cause && EBUSY.equals(CgroupFiles.reason(cause));
    }

    /** Takes back what was not committed. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!before.isEmpty()) {
            Before last = before.pop();
            try {
                // An empty list is a line, too: nothing at all would not reach the kernel.
                CgroupFiles.write(last.file(), last.value().isEmpty() ? "\n" : last.value());
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
