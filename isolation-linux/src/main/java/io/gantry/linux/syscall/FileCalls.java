package io.gantry.linux.syscall;

import io.gantry.linux.syscall.FileStatus.Time;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * The calls about files. Directory descriptors may be {@link OpenFlags#AT_FDCWD}; descriptors come
 * back close-on-exec only when asked for with O_CLOEXEC. Interrupted calls are retried.
 */
public interface FileCalls {

    /** <a href="https://man7.org/linux/man-pages/man2/openat.2.html">openat(2)</a>. */
    int openat(int dirfd, CString path, int flags, int mode) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/openat2.2.html">openat2(2)</a>. EAGAIN, which
     * a rename elsewhere provokes during a confined lookup, is retried some times.
     *
     * @param resolve RESOLVE_ flags
     */
    int openat2(int dirfd, CString path, int flags, int mode, long resolve) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</a>, never retried. */
    void close(int fd) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/mkdirat.2.html">mkdirat(2)</a>. */
    void mkdirat(int dirfd, CString path, int mode) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/mknodat.2.html">mknodat(2)</a>.
     *
     * @param mode with the type, as S_IFCHR | 0666
     * @param dev as of {@link FileStatus#makedev}
     */
    void mknodat(int dirfd, CString path, int mode, long dev) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/symlinkat.2.html">symlinkat(2)</a>. */
    void symlinkat(CString target, int dirfd, CString path) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/linkat.2.html">linkat(2)</a>. */
    void linkat(int oldDirfd, CString oldPath, int newDirfd, CString newPath, int flags)
            throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/unlinkat.2.html">unlinkat(2)</a>. */
    void unlinkat(int dirfd, CString path, int flags) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/renameat2.2.html">renameat2(2)</a>. */
    void renameat2(int oldDirfd, CString oldPath, int newDirfd, CString newPath, int flags)
            throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/readlinkat.2.html">readlinkat(2)</a>. */
    CString readlinkat(int dirfd, CString path) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/fchmodat.2.html">fchmodat(2)</a>. */
    void fchmodat(int dirfd, CString path, int mode) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/fchmod.2.html">fchmod(2)</a>. */
    void fchmod(int fd, int mode) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/fchownat.2.html">fchownat(2)</a>. */
    void fchownat(int dirfd, CString path, int uid, int gid, int flags) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/fchown.2.html">fchown(2)</a>. */
    void fchown(int fd, int uid, int gid) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/utimensat.2.html">utimensat(2)</a>. */
    void utimensat(int dirfd, CString path, Time accessed, Time modified, int flags)
            throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man3/futimens.3.html">futimens(3)</a>. */
    void futimens(int fd, Time accessed, Time modified) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/statx.2.html">statx(2)</a>, basic fields. */
    FileStatus statx(int dirfd, CString path, int flags) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">fstatfs(2)</a>. */
    FileSystemStatus fstatfs(int fd) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">statfs(2)</a>. */
    FileSystemStatus statfs(CString path) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/setxattr.2.html">lsetxattr(2)</a>: does not
     * follow a final symbolic link. There is no call relative to a descriptor: use
     * /proc/self/fd/N/NAME.
     */
    void lsetxattr(CString path, CString name, byte[] value, int flags) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/setxattr.2.html">fsetxattr(2)</a>. */
    void fsetxattr(int fd, CString name, byte[] value, int flags) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/getxattr.2.html">lgetxattr(2)</a>; empty when
     * there is none of that name.
     */
    Optional<byte[]> lgetxattr(CString path, CString name) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/listxattr.2.html">llistxattr(2)</a>; empty on
     * a file system without attributes.
     */
    List<CString> llistxattr(CString path) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/lremovexattr.2.html">lremovexattr(2)</a>. */
    void lremovexattr(CString path, CString name) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/read.2.html">read(2)</a> into what remains of
     * the buffer, whose position moves. A direct buffer saves a copy.
     *
     * @return the number of bytes, 0 at the end of the file
     */
    int read(int fd, ByteBuffer into) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/write.2.html">write(2)</a>, repeated until
     * nothing remains in the buffer. A direct buffer saves a copy.
     */
    void write(int fd, ByteBuffer from) throws ErrnoException;

    /** As {@link #write}, at an offset: pwrite(2). */
    void pwrite(int fd, ByteBuffer from, long offset) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/ftruncate.2.html">ftruncate(2)</a>. */
    void ftruncate(int fd, long length) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/lseek.2.html">lseek(2)</a>. */
    long lseek(int fd, long offset, int whence) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/copy_file_range.2.html">copy_file_range(2)</a>
     * at the current positions of both.
     *
     * @return the number of bytes, 0 at the end of the input
     */
    long copy_file_range(int fdIn, int fdOut, long length) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/fsync.2.html">fsync(2)</a>. */
    void fsync(int fd) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/syncfs.2.html">syncfs(2)</a>. */
    void syncfs(int fd) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/flock.2.html">flock(2)</a>. Use it with
     * LOCK_NB: a call that waits holds a carrier thread.
     *
     * @return false when LOCK_NB is set and another holds the lock
     */
    boolean flock(int fd, int operation) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a>. */
    int memfd_create(CString name, int flags) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/fcntl.2.html">fcntl(2)</a>, integer argument.
     */
    int fcntl(int fd, int command, int argument) throws ErrnoException;

    /**
     * FS_IOC_GETFLAGS of <a
     * href="https://man7.org/linux/man-pages/man2/FS_IOC_GETFLAGS.2const.html">ioctl_iflags(2)</a>:
     * what lsattr(1) shows.
     */
    int ioctl_getflags(int fd) throws ErrnoException;

    /** FS_IOC_SETFLAGS of ioctl_iflags(2): what chattr(1) changes. */
    void ioctl_setflags(int fd, int flags) throws ErrnoException;
}
