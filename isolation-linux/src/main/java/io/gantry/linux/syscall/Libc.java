package io.gantry.linux.syscall;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.nio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The C library, mapped directly. Functions that glibc before 2.36 lacks go through {@link
 * #syscall}; its integer arguments are passed as those of any function on both machines.
 *
 * <p>JNA keeps errno per thread from the end of a call to the next one: callers read it with {@link
 * Native#getLastError()} in the method that saw −1.
 */
final class Libc {

    static {
        Native.register(Libc.class, Platform.C_LIBRARY_NAME);
    }

    private Libc() {}

    static native long syscall(long nr, long a, long b, long c, long d, long e, long f);

    static native long syscall(long nr, long dirfd, byte[] path, byte[] how, long size);

    static native long syscall(long nr, long dirfd, byte[] path, long flags);

    static native long syscall(
            long nr, long dirfd, byte[] path, long flags, byte[] attributes, long size);

    static native int openat(int dirfd, byte[] path, int flags, int mode);

    static native int close(int fd);

    static native int mkdirat(int dirfd, byte[] path, int mode);

    static native int mknodat(int dirfd, byte[] path, int mode, long dev);

    static native int symlinkat(byte[] target, int dirfd, byte[] path);

    static native int linkat(int oldDirfd, byte[] oldPath, int newDirfd, byte[] newPath, int flags);

    static native int unlinkat(int dirfd, byte[] path, int flags);

    static native int renameat2(
            int oldDirfd, byte[] oldPath, int newDirfd, byte[] newPath, int flags);

    static native long readlinkat(int dirfd, byte[] path, byte[] buffer, long size);

    static native int fchmodat(int dirfd, byte[] path, int mode, int flags);

    static native int fchmod(int fd, int mode);

    static native int fchownat(int dirfd, byte[] path, int uid, int gid, int flags);

    static native int fchown(int fd, int uid, int gid);

    static native int utimensat(int dirfd, byte @Nullable [] path, long[] times, int flags);

    static native int futimens(int fd, long[] times);

    static native int statx(int dirfd, byte[] path, int flags, int mask, byte[] buffer);

    static native int statfs(byte[] path, long[] buffer);

    static native int fstatfs(int fd, long[] buffer);

    static native int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

    static native int fsetxattr(int fd, byte[] name, byte[] value, long size, int flags);

    static native long lgetxattr(byte[] path, byte[] name, byte[] value, long size);

    static native long llistxattr(byte[] path, byte[] list, long size);

    static native int lremovexattr(byte[] path, byte[] name);

    static native long read(int fd, Buffer into, long count);

    static native long write(int fd, Buffer from, long count);

    static native long pwrite(int fd, Buffer from, long count, long offset);

    static native int ftruncate(int fd, long length);

    static native long lseek(int fd, long offset, int whence);

    static native int fsync(int fd);

    static native int syncfs(int fd);

    static native int flock(int fd, int operation);

    static native int memfd_create(byte[] name, int flags);

    static native int fcntl(int fd, int command, long argument);

    static native int ioctl(int fd, long request, int[] argument);

    static native int kill(int pid, int signal);

    static native int prlimit(int pid, int resource, @Nullable Buffer set, long[] old);

    static native int uname(byte[] buffer);

    static native int geteuid();

    static native int getpid();

    static native int mount(
            byte[] source,
            byte[] target,
            byte @Nullable [] type,
            long flags,
            byte @Nullable [] data);

    static native int umount2(byte[] target, int flags);
}
