package io.gantry.linux.syscall;

import org.jspecify.annotations.Nullable;

/** The calls about mounts in the JVM's own mount namespace. */
public interface MountCalls {

    /**
     * <a href="https://man7.org/linux/man-pages/man2/mount.2.html">mount(2)</a>.
     *
     * @param type null for bind, remount and propagation changes
     * @param data options of the file system; null: none
     */
    void mount(
            CString source,
            CString target,
            @Nullable CString type,
            long flags,
            @Nullable CString data)
            throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/umount.2.html">umount2(2)</a>. */
    void umount2(CString target, int flags) throws ErrnoException;
}
