package io.gantry.image.build.tree;

import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Copies what files hold, in the kernel where the file systems let it. Used by one thread. */
public final class FileContent {

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final long CHUNK = 64L << 20;

    private final Syscalls kernel;
    private boolean inKernel = true;
    private @Nullable ByteBuffer buffer;

    public FileContent(Syscalls kernel) {
        this.kernel = kernel;
    }

    /** Copies from where one descriptor stands to the end, to where another stands. */
    public void copy(int in, int out) throws IOException {
        if (!inKernel || !copyInKernel(in, out)) {
            copyThroughBuffer(in, out);
        }
    }

    private boolean copyInKernel(int in, int out) throws IOException {
        long copied = 0;
        try {
            for (long n = 1; n > 0; copied += n) {
                n = kernel.copy_file_range(in, out, CHUNK);
            }
            return true;
        } catch (ErrnoException e) {
            boolean unable =
                    e.is(Errno.EXDEV)
                            || e.is(Errno.EINVAL)
                            || e.is(Errno.EOPNOTSUPP)
                            || e.is(Errno.ENOSYS);
            if (!unable || copied > 0) {
                throw e;
            }
            inKernel = false;
            return false;
        }
    }

    private void copyThroughBuffer(int in, int out) throws IOException {
        ByteBuffer through = buffer == null ? ByteBuffer.allocateDirect(BUFFER_BYTES) : buffer;
        buffer = through;
        through.clear();
        while (kernel.read(in, through) > 0) {
            kernel.write(out, through.flip());
            through.clear();
        }
    }
}
