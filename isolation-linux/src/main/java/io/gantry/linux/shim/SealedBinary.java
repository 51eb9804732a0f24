package io.gantry.linux.shim;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A copy of a program in memory that nobody can write to any more. What a shim runs from it cannot
 * be replaced by a container that gets hold of the shim's executable (CVE-2019-5736), and all shims
 * of one daemon share its pages. Closing it leaves running shims as they are.
 */
public final class SealedBinary implements AutoCloseable {

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;

    /** Asked for where vm.memfd_noexec is set; kernels before 6.3 do not know it. */
    private static final int MFD_EXEC = 0x10;

    private static final int F_ADD_SEALS = 1033;

    /** SEAL, SHRINK, GROW and WRITE of fcntl(2). */
    private static final int ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8;

    private final Syscalls syscalls;
    private final int fd;

    private SealedBinary(Syscalls syscalls, int fd) {
        this.syscalls = syscalls;
        this.fd = fd;
    }

    /** Copies and seals {@code binary}. */
    public static SealedBinary of(Path binary, Syscalls syscalls) throws IOException {
        byte[] program = Files.readAllBytes(binary);
        ByteBuffer bytes = ByteBuffer.allocateDirect(program.length).put(program).flip();
        int writable = create(CString.of("gantry-shim"), syscalls);
        try {
            syscalls.write(writable, bytes);
            syscalls.fcntl(writable, F_ADD_SEALS, ALL_SEALS);
            // What is open for writing cannot be executed: ETXTBSY of execve(2).
            int readable =
                    syscalls.openat(
                            OpenFlags.AT_FDCWD,
                            CString.of("/proc/self/fd/" + writable),
                            OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC,
                            0);
            return new SealedBinary(syscalls, readable);
        } finally {
            syscalls.close(writable);
        }
    }

    private static int create(CString name, Syscalls syscalls) throws ErrnoException {
        int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
        try {
            return syscalls.memfd_create(name, flags | MFD_EXEC);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e;
            }
            return syscalls.memfd_create(name, flags);
        }
    }

    /** Where it can be executed from while it is open, by this process's children too. */
    public Path path() {
        return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
    }

    @Override
    public void close() throws ErrnoException {
        syscalls.close(fd);
    }
}
