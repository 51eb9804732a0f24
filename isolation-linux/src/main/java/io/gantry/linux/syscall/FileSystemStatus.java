package io.gantry.linux.syscall;

/**
 * What statfs(2) says about a file system.
 *
 * @param type magic number, as {@link #OVERLAYFS_SUPER_MAGIC}
 * @param blockSize unit of the block counts, bytes
 * @param blocks total
 * @param blocksFree free
 * @param blocksAvailable free to users without privilege
 * @param files inodes
 * @param filesFree free inodes
 */
public record FileSystemStatus(
        long type,
        long blockSize,
        long blocks,
        long blocksFree,
        long blocksAvailable,
        long files,
        long filesFree) {

    public static final long CGROUP2_SUPER_MAGIC = 0x63677270L;
    public static final long CGROUP_SUPER_MAGIC = 0x27e0ebL;
    public static final long OVERLAYFS_SUPER_MAGIC = 0x794c7630L;
    public static final long TMPFS_MAGIC = 0x01021994L;
    public static final long PROC_SUPER_MAGIC = 0x9fa0L;
    public static final long NSFS_MAGIC = 0x6e736673L;
}
