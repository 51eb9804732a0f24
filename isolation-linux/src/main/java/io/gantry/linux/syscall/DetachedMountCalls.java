package io.gantry.linux.syscall;

/** The calls about mounts that are nowhere to be seen. */
public interface DetachedMountCalls {

    /**
     * Clones a mount, or what is below a path of one: open_tree(2) with OPEN_TREE_CLONE and
     * OPEN_TREE_CLOEXEC. The clone goes with the descriptor.
     *
     * @param recursive with all mounts below
     */
    int open_tree(CString path, boolean recursive) throws ErrnoException;

    /**
     * Maps the ids of a clone: <a
     * href="https://man7.org/linux/man-pages/man2/mount_setattr.2.html">mount_setattr(2)</a> with
     * MOUNT_ATTR_IDMAP.
     *
     * @param recursive and those of all mounts below it
     * @param users descriptor of a user namespace
     */
    void mount_setattr_idmap(int mount, boolean recursive, int users) throws ErrnoException;
}
