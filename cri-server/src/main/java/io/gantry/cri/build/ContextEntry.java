package io.gantry.cri.build;

import io.gantry.linux.syscall.FileStatus;

/**
 * An entry of a context as its client sees it.
 *
 * @param path relative, clean, separated by slashes
 * @param mode type and permissions, as st_mode
 * @param link target of a symbolic link; else empty
 * @param rdev device that a node stands for
 * @param changedNanos time of the last change of any kind; with the inode it tells what size and
 *     time of the last write do not
 * @param unsettled whether another change might leave all of these as they are
 */
public record ContextEntry(
        String path,
        int mode,
        long size,
        long modifiedNanos,
        String link,
        long rdev,
        long changedNanos,
        long inode,
        boolean unsettled) {

    private static final int PERMISSIONS = 07777;

    /** Whether it has content. */
    public boolean isFile() {
        return (mode & FileStatus.S_IFMT) == FileStatus.S_IFREG;
    }

    boolean isDirectory() {
        return (mode & FileStatus.S_IFMT) == FileStatus.S_IFDIR;
    }

    boolean isLink() {
        return (mode & FileStatus.S_IFMT) == FileStatus.S_IFLNK;
    }

    boolean isOfKind(ContextEntry other) {
        return (mode & FileStatus.S_IFMT) == (other.mode & FileStatus.S_IFMT);
    }

    int permissions() {
        return mode & PERMISSIONS;
    }
}
