package io.gantry.image.build.tree;

import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;

/**
 * A file, directory or other thing in a tree.
 *
 * @param mode type and permissions, as st_mode
 * @param link target of a symbolic link
 * @param rdev of a device
 * @param links how many names a file has on disk
 * @param inode tells whether two names are of one file, where there is more than one
 */
public record Node(
        String path,
        int mode,
        int uid,
        int gid,
        long size,
        Time modified,
        String link,
        long rdev,
        int links,
        long inode) {

    /** One of the S_IF constants of {@link FileStatus}. */
    public int type() {
        return mode & FileStatus.S_IFMT;
    }

    /** Whether it has children. */
    public boolean isDirectory() {
        return type() == FileStatus.S_IFDIR;
    }

    /** Whether it has content. */
    public boolean isRegular() {
        return type() == FileStatus.S_IFREG;
    }

    /** Whether it is a symbolic link. */
    public boolean isLink() {
        return type() == FileStatus.S_IFLNK;
    }

    /** Its last component; empty for the root. */
    public String name() {
        return Paths.name(path);
    }
}
