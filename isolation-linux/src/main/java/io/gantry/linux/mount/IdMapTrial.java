package io.gantry.linux.mount;

import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Finds out whether the ids of mounts can be mapped, which depends on the file system and the
 * kernel, by doing so to clones that nobody sees. Thread-safe.
 *
 * @param syscalls the kernel
 */
public record IdMapTrial(Syscalls syscalls) {

    /**
     * The most that can be mapped of what is at a path.
     *
     * @param source a directory or file
     * @param users file of a user namespace
     * @return NONE when its file system cannot, ONE when one mounted below it cannot
     * @throws IOException when either is not there
     */
    public IdMapping of(Path source, Path users) throws IOException {
        int flags = OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC;
        int namespace = syscalls.openat(OpenFlags.AT_FDCWD, CString.of(users.toString()), flags, 0);
        try {
            if (can(source, true, namespace)) {
                return IdMapping.TREE;
            }
            return can(source, false, namespace) ? IdMapping.ONE : IdMapping.NONE;
        } finally {
            syscalls.close(namespace);
        }
    }

    private boolean can(Path source, boolean recursive, int users) throws ErrnoException {
        int clone = syscalls.open_tree(CString.of(source.toString()), recursive);
        try {
            syscalls.mount_setattr_idmap(clone, recursive, users);
            return true;
        } catch (ErrnoException e) {
            // EPERM: one that is idmapped already.
            if (e.is(Errno.EINVAL) || e.is(Errno.EPERM)) {
                return false;
            }
            throw e;
        } finally {
            syscalls.close(clone);
        }
    }
}
