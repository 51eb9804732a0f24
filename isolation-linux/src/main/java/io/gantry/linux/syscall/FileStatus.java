package io.gantry.linux.syscall;

/**
 * What statx(2) says about a file.
 *
 * @param mode type and permission bits, as st_mode
 * @param size bytes
 * @param blocks of 512 bytes
 * @param device of the file system, as of {@link #makedev}
 * @param rdev the device that a node stands for, as of {@link #makedev}
 * @param accessed last access
 * @param modified last change of the content
 * @param changed last change of the inode
 */
public record FileStatus(
        int mode,
        int nlink,
        int uid,
        int gid,
        long inode,
        long size,
        long blocks,
        long device,
        long rdev,
        Time accessed,
        Time modified,
        Time changed) {

    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFLNK = 0120000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;

    /**
     * A point in time, or one of the two special nanosecond values of utimensat(2).
     *
     * @param seconds since the epoch, may be negative
     * @param nanos 0 to 999,999,999
     */
    public record Time(long seconds, long nanos) {
        /** Leaves the time as it is (UTIME_OMIT). */
        public static final Time OMIT = new Time(0, (1L << 30) - 2);
    }

    /** A device number in the encoding of glibc's makedev(3). */
    public static long makedev(long major, long minor) {
        return ((major & 0xfffff000L) << 32)
                | ((major & 0xfffL) << 8)
                | ((minor & 0xffffff00L) << 12)
                | (minor & 0xffL);
    }

    /** Major part of a device number. */
    public static int major(long dev) {
        return (int) (((dev >>> 32) & 0xfffff000L) | ((dev >>> 8) & 0xfffL));
    }

    /** Minor part of a device number. */
    public static int minor(long dev) {
        return (int) (((dev >>> 12) & 0xffffff00L) | (dev & 0xffL));
    }

    /** Permission bits with set-id and sticky bits. */
    public int permissions() {
        return mode & 07777;
    }

    /** One of the S_IF constants. */
    public int type() {
        return mode & S_IFMT;
    }

    public boolean isDirectory() {
        return type() == S_IFDIR;
    }

    public boolean isRegular() {
        return type() == S_IFREG;
    }

    public boolean isSymlink() {
        return type() == S_IFLNK;
    }
}
