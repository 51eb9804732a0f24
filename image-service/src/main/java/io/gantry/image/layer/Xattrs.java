package io.gantry.image.layer;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.util.Map;

/** Extended attributes that a layer may bring, names as byte strings. */
public final class Xattrs {

    private static final int NAME_MAX = 255;

    private Xattrs() {}

    /** Sets them on a file that is open. */
    public static void set(Syscalls kernel, Map<String, byte[]> xattrs, int fd) throws IOException {
        for (Map.Entry<String, byte[]> xattr : xattrs.entrySet()) {
            if (isTaken(xattr.getKey())) {
                attempt(() -> kernel.fsetxattr(fd, name(xattr.getKey()), xattr.getValue(), 0));
            }
        }
    }

    /** Sets them on a link or node itself, which cannot be opened. */
    public static void set(Syscalls kernel, Map<String, byte[]> xattrs, int parent, String file)
            throws IOException {
        for (Map.Entry<String, byte[]> xattr : xattrs.entrySet()) {
            if (isTaken(xattr.getKey())) {
                CString path = TarEntry.cstring("/proc/self/fd/" + parent + "/" + file);
                attempt(() -> kernel.lsetxattr(path, name(xattr.getKey()), xattr.getValue(), 0));
            }
        }
    }

    /**
     * Not what steers overlayfs (a layer could redirect into another's files), nor labels, which
     * are this host's affair.
     */
    private static boolean isTaken(String name) {
        return !name.startsWith("trusted.overlay.")
                && !name.startsWith("user.overlay.")
                && !name.equals("security.selinux")
                && !name.equals("security.evm");
    }

    private static CString name(String name) throws LayerFormatException {
        if (name.isEmpty() || name.length() > NAME_MAX || name.indexOf('\0') >= 0) {
            throw new LayerFormatException(
                    "extended attribute with a bad name: " + TarEntry.display(name));
        }
        return TarEntry.cstring(name);
    }

    /** What this file system or type of file cannot have is left out, as every engine does. */
    private static void attempt(Setting setting) throws IOException {
        try {
            setting.make();
        } catch (ErrnoException e) {
            if (!e.is(Errno.EOPNOTSUPP) && !e.is(Errno.EPERM)) {
                throw e;
            }
        }
    }

    @FunctionalInterface
    private interface Setting {
        void make() throws IOException;
    }
}
