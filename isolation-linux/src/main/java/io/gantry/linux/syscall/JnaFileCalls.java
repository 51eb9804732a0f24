package io.gantry.linux.syscall;

import com.sun.jna.Native;
import io.gantry.linux.syscall.FileStatus.Time;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The calls about files through the C library. */
abstract class JnaFileCalls implements FileCalls {

    /**
     * Anybody who renames without a pause makes nine of ten look-ups with ".." in them fail; these
     * many take some hundredths of a second.
     */
    private static final int LOOKUP_ATTEMPTS = 10_000;

    private static final long FS_IOC_GETFLAGS = 0x80086601L;
    private static final long FS_IOC_SETFLAGS = 0x40086602L;

    @Override
    public int openat(int dirfd, CString path, int flags, int mode) throws ErrnoException {
        while (true) {
            int fd = Libc.openat(dirfd, path.terminated(), flags, mode);
            if (fd >= 0) {
                return fd;
            }
            retryIfInterrupted("openat", path);
        }
    }

    @Override
    public int openat2(int dirfd, CString path, int flags, int mode, long resolve)
            throws ErrnoException {
        byte[] how = Structs.openHow(flags, mode, resolve);
        long nr = SyscallNumber.OPENAT2.on(Architecture.current());
        for (int attempt = 1; ; attempt++) {
            long fd = Libc.syscall(nr, dirfd, path.terminated(), how, how.length);
            if (fd >= 0) {
                return (int) fd;
            }
            int errno = Native.getLastError();
            boolean again = errno == Errno.EAGAIN.number() && attempt < LOOKUP_ATTEMPTS;
            if (!again && errno != Errno.EINTR.number()) {
                throw new ErrnoException("openat2", path.toString(), errno);
            }
        }
    }

    @Override
    public void close(int fd) throws ErrnoException {
        // The descriptor is gone after EINTR as well: closing it again could hit another's.
        if (Libc.close(fd) < 0 && Native.getLastError() != Errno.EINTR.number()) {
            throw failure("close", fd);
        }
    }

    @Override
    public void mkdirat(int dirfd, CString path, int mode) throws ErrnoException {
        if (Libc.mkdirat(dirfd, path.terminated(), mode) < 0) {
            throw failure("mkdirat", path);
        }
    }

    @Override
    public void mknodat(int dirfd, CString path, int mode, long dev) throws ErrnoException {
        if (Libc.mknodat(dirfd, path.terminated(), mode, dev) < 0) {
            throw failure("mknodat", path);
        }
    }

    @Override
    public void symlinkat(CString target, int dirfd, CString path) throws ErrnoException {
        if (Libc.symlinkat(target.terminated(), dirfd, path.terminated()) < 0) {
            throw failure("symlinkat", path);
        }
    }

    @Override
    public void linkat(int oldDirfd, CString oldPath, int newDirfd, CString newPath, int flags)
            throws ErrnoException {
        byte[] from = oldPath.terminated();
        if (Libc.linkat(oldDirfd, from, newDirfd, newPath.terminated(), flags) < 0) {
            throw failure("linkat", oldPath, newPath);
        }
    }

    @Override
    public void unlinkat(int dirfd, CString path, int flags) throws ErrnoException {
        if (Libc.unlinkat(dirfd, path.terminated(), flags) < 0) {
            throw failure("unlinkat", path);
        }
    }

    @Override
    public void renameat2(int oldDirfd, CString oldPath, int newDirfd, CString newPath, int flags)
            throws ErrnoException {
        byte[] from = oldPath.terminated();
        if (Libc.renameat2(oldDirfd, from, newDirfd, newPath.terminated(), flags) < 0) {
            throw failure("renameat2", oldPath, newPath);
        }
    }

    @Override
    public CString readlinkat(int dirfd, CString path) throws ErrnoException {
        byte[] buffer = new byte[4096];
        long length = Libc.readlinkat(dirfd, path.terminated(), buffer, buffer.length);
        if (length < 0) {
            throw failure("readlinkat", path);
        }
        return CString.of(Arrays.copyOf(buffer, (int) length));
    }

    @Override
    public void fchmodat(int dirfd, CString path, int mode) throws ErrnoException {
        if (Libc.fchmodat(dirfd, path.terminated(), mode, 0) < 0) {
            throw failure("fchmodat", path);
        }
    }

    @Override
    public void fchmod(int fd, int mode) throws ErrnoException {
        if (Libc.fchmod(fd, mode) < 0) {
            throw failure("fchmod", fd);
        }
    }

    @Override
    public void fchownat(int dirfd, CString path, int uid, int gid, int flags)
            throws ErrnoException {
        if (Libc.fchownat(dirfd, path.terminated(), uid, gid, flags) < 0) {
            throw failure("fchownat", path);
        }
    }

    @Override
    public void fchown(int fd, int uid, int gid) throws ErrnoException {
        if (Libc.fchown(fd, uid, gid) < 0) {
            throw failure("fchown", fd);
        }
    }

    @Override
    public void utimensat(int dirfd, CString path, Time accessed, Time modified, int flags)
            throws ErrnoException {
        long[] times = Structs.times(accessed, modified);
        if (Libc.utimensat(dirfd, path.terminated(), times, flags) < 0) {
            throw failure("utimensat", path);
        }
    }

    @Override
    public void futimens(int fd, Time accessed, Time modified) throws ErrnoException {
        if (Libc.futimens(fd, Structs.times(accessed, modified)) < 0) {
            throw failure("futimens", fd);
        }
    }

    @Override
    public FileStatus statx(int dirfd, CString path, int flags) throws ErrnoException {
        byte[] buffer = new byte[Structs.STATX_SIZE];
        if (Libc.statx(dirfd, path.terminated(), flags, Structs.STATX_BASIC_STATS, buffer) < 0) {
            throw failure("statx", path);
        }
        return Structs.fileStatus(buffer);
    }

    @Override
    public FileSystemStatus fstatfs(int fd) throws ErrnoException {
        long[] buffer = new long[Structs.STATFS_LONGS];
        if (Libc.fstatfs(fd, buffer) < 0) {
            throw failure("fstatfs", fd);
        }
        return Structs.fileSystemStatus(buffer);
    }

    @Override
    public FileSystemStatus statfs(CString path) throws ErrnoException {
        long[] buffer = new long[Structs.STATFS_LONGS];
        if (Libc.statfs(path.terminated(), buffer) < 0) {
            throw failure("statfs", path);
        }
        return Structs.fileSystemStatus(buffer);
    }

    @Override
    public void lsetxattr(CString path, CString name, byte[] value, int flags)
            throws ErrnoException {
        byte[] at = path.terminated();
        if (Libc.lsetxattr(at, name.terminated(), value, value.length, flags) < 0) {
            throw failure("lsetxattr", name, path);
        }
    }

    @Override
    public void fsetxattr(int fd, CString name, byte[] value, int flags) throws ErrnoException {
        if (Libc.fsetxattr(fd, name.terminated(), value, value.length, flags) < 0) {
            throw failure("fsetxattr", name, fd);
        }
    }

    @Override
    public Optional<byte[]> lgetxattr(CString path, CString name) throws ErrnoException {
        byte[] buffer = new byte[Structs.XATTR_SIZE_MAX];
        long size = Libc.lgetxattr(path.terminated(), name.terminated(), buffer, buffer.length);
        if (size >= 0) {
            return Optional.of(Arrays.copyOf(buffer, (int) size));
        }
        int errno = Native.getLastError();
        if (errno == Errno.ENODATA.number() || errno == Errno.EOPNOTSUPP.number()) {
            return Optional.empty();
        }
        throw new ErrnoException("lgetxattr", name + " " + path, errno);
    }

    @Override
    public List<CString> llistxattr(CString path) throws ErrnoException {
        byte[] buffer = new byte[Structs.XATTR_SIZE_MAX];
        long size = Libc.llistxattr(path.terminated(), buffer, buffer.length);
        if (size >= 0) {
            return Structs.names(buffer, (int) size);
        }
        int errno = Native.getLastError();
        if (errno == Errno.EOPNOTSUPP.number()) {
            return new ArrayList<>();
        }
        throw new ErrnoException("llistxattr", path.toString(), errno);
    }

    @Override
    public void lremovexattr(CString path, CString name) throws ErrnoException {
        if (Libc.lremovexattr(path.terminated(), name.terminated()) < 0) {
            throw failure("lremovexattr", name, path);
        }
    }

    @Override
    public int read(int fd, ByteBuffer into) throws ErrnoException {
        if (!into.isDirect()) {
            ByteBuffer direct = ByteBuffer.allocateDirect(into.remaining());
            int count = read(fd, direct);
            into.put(direct.flip());
            return count;
        }
        while (true) {
            // A slice, because the address that JNA passes is that of the buffer's start.
            long count = Libc.read(fd, into.slice(), into.remaining());
            if (count >= 0) {
                into.position(into.position() + (int) count);
                return (int) count;
            }
            retryIfInterrupted("read", fd);
        }
    }

    @Override
    public void write(int fd, ByteBuffer from) throws ErrnoException {
        ByteBuffer direct = direct(from);
        while (direct.hasRemaining()) {
            long count = Libc.write(fd, direct.slice(), direct.remaining());
            if (count >= 0) {
                direct.position(direct.position() + (int) count);
            } else {
                retryIfInterrupted("write", fd);
            }
        }
        from.position(from.limit());
    }

    @Override
    public void pwrite(int fd, ByteBuffer from, long offset) throws ErrnoException {
        ByteBuffer direct = direct(from);
        int start = direct.position();
        while (direct.hasRemaining()) {
            long at = offset + direct.position() - start;
            long count = Libc.pwrite(fd, direct.slice(), direct.remaining(), at);
            if (count >= 0) {
                direct.position(direct.position() + (int) count);
            } else {
                retryIfInterrupted("pwrite", fd);
            }
        }
        from.position(from.limit());
    }

    @Override
    public void ftruncate(int fd, long length) throws ErrnoException {
        while (Libc.ftruncate(fd, length) < 0) {
            retryIfInterrupted("ftruncate", fd);
        }
    }

    @Override
    public long lseek(int fd, long offset, int whence) throws ErrnoException {
        long position = Libc.lseek(fd, offset, whence);
        if (position < 0) {
            throw failure("lseek", fd);
        }
        return position;
    }

    @Override
    public long copy_file_range(int fdIn, int fdOut, long length) throws ErrnoException {
        long nr = SyscallNumber.COPY_FILE_RANGE.on(Architecture.current());
        long count = Libc.syscall(nr, fdIn, 0, fdOut, 0, length, 0);
        if (count < 0) {
            throw failure("copy_file_range", fdIn, fdOut);
        }
        return count;
    }

    @Override
    public void fsync(int fd) throws ErrnoException {
        if (Libc.fsync(fd) < 0) {
            throw failure("fsync", fd);
        }
    }

    @Override
    public void syncfs(int fd) throws ErrnoException {
        if (Libc.syncfs(fd) < 0) {
            throw failure("syncfs", fd);
        }
    }

    @Override
    public boolean flock(int fd, int operation) throws ErrnoException {
        while (Libc.flock(fd, operation) < 0) {
            if (Native.getLastError() == Errno.EAGAIN.number()) {
                return false;
            }
            retryIfInterrupted("flock", fd);
        }
        return true;
    }

    @Override
    public int memfd_create(CString name, int flags) throws ErrnoException {
        int fd = Libc.memfd_create(name.terminated(), flags);
        if (fd < 0) {
            throw failure("memfd_create", name);
        }
        return fd;
    }

    @Override
    public int fcntl(int fd, int command, int argument) throws ErrnoException {
        int result = Libc.fcntl(fd, command, argument);
        if (result < 0) {
            throw failure("fcntl", fd);
        }
        return result;
    }

    @Override
    public int ioctl_getflags(int fd) throws ErrnoException {
        int[] flags = new int[1];
        if (Libc.ioctl(fd, FS_IOC_GETFLAGS, flags) < 0) {
            throw failure("ioctl FS_IOC_GETFLAGS", fd);
        }
        return flags[0];
    }

    @Override
    public void ioctl_setflags(int fd, int flags) throws ErrnoException {
        if (Libc.ioctl(fd, FS_IOC_SETFLAGS, new int[] {flags}) < 0) {
            throw failure("ioctl FS_IOC_SETFLAGS", fd);
        }
    }

    private static ByteBuffer direct(ByteBuffer from) {
        if (from.isDirect()) {
            return from.duplicate();
        }
        return ByteBuffer.allocateDirect(from.remaining()).put(from.duplicate()).flip();
    }

    private static void retryIfInterrupted(String op, Object about) throws ErrnoException {
        int errno = Native.getLastError();
        if (errno != Errno.EINTR.number()) {
            throw new ErrnoException(op, about.toString(), errno);
        }
    }

    static ErrnoException failure(String op, Object... about) {
        int errno = Native.getLastError();
        return new ErrnoException(
                op, String.join(" ", Arrays.stream(about).map(Object::toString).toList()), errno);
    }
}
