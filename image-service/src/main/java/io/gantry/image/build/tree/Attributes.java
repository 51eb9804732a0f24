package io.gantry.image.build.tree;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes that belong to a file rather than to this node. */
public final class Attributes {

    private Attributes() {}

    /**
     * Those of a file or directory, by name.
     *
     * @param parent descriptor of the directory that it is in
     * @param file its name there; empty: the directory itself
     */
    public static SortedMap<String, byte[]> read(Syscalls kernel, int parent, String file)
            throws IOException {
        // The calls that take a descriptor want one that was opened for reading.
        CString path =
                Paths.cstring("/proc/self/fd/" + parent + "/" + (file.isEmpty() ? "." : file));
        SortedMap<String, byte[]> attributes = new TreeMap<>();
        for (CString name : kernel.llistxattr(path)) {
            String text = new String(name.bytes(), StandardCharsets.ISO_8859_1);
            if (isKept(text)) {
                kernel.lgetxattr(path, name).ifPresent(value -> attributes.put(text, value));
            }
        }
        return attributes;
    }

    /** Sets them on an open file; what its file system cannot keep is left out. */
    static void set(Syscalls kernel, int fd, Map<String, byte[]> attributes) throws IOException {
        for (Map.Entry<String, byte[]> each : attributes.entrySet()) {
            try {
                kernel.fsetxattr(fd, Paths.cstring(each.getKey()), each.getValue(), 0);
            } catch (ErrnoException e) {
                if (!e.is(Errno.EOPNOTSUPP) && !e.is(Errno.EPERM)) {
                    throw e;
                }
            }
        }
    }

    private static boolean isKept(String name) {
        return !name.startsWith("trusted.overlay.")
                && !name.startsWith("user.overlay.")
                && (!name.startsWith("security.") || name.equals("security.capability"));
    }
}
