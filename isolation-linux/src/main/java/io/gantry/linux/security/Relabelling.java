package io.gantry.linux.security;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_NOFOLLOW;
import static io.gantry.linux.syscall.OpenFlags.O_PATH;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Gives a tree a label, from one open directory to the next, so that nobody who exchanges a
 * directory for a link meanwhile leads it out of the tree.
 */
final class Relabelling {

    private static final CString NAME = CString.of("security.selinux");

    /** With another label on one of these a machine would not work any more. */
    private static final Set<String> SYSTEM =
            Set.of(
                    "/",
                    "/bin",
                    "/boot",
                    "/dev",
                    "/etc",
                    "/home",
                    "/lib",
                    "/lib64",
                    "/media",
                    "/mnt",
                    "/opt",
                    "/proc",
                    "/root",
                    "/run",
                    "/sbin",
                    "/srv",
                    "/sys",
                    "/tmp",
                    "/usr",
                    "/usr/bin",
                    "/usr/lib",
                    "/usr/lib64",
                    "/usr/local",
                    "/usr/sbin",
                    "/usr/share",
                    "/var",
                    "/var/lib",
                    "/var/log",
                    "/var/run",
                    "/var/tmp",
                    "/etc/group",
                    "/etc/passwd",
                    "/etc/pki",
                    "/etc/shadow",
                    "/etc/ssl");

    /** Gone meanwhile, or exchanged for what is no directory. */
    private static final Set<Errno> PASSED = EnumSet.of(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP);

    /** Every level has a descriptor open. */
    private static final int MAX_DEPTH = 1000;

    private static final HexFormat HEX = HexFormat.of();

    private final Syscalls syscalls;
    private final byte[] label;

    Relabelling(Syscalls syscalls, String label) {
        this.syscalls = syscalls;
        this.label = label.getBytes(StandardCharsets.UTF_8);
    }

    static void refuseSystem(Path path) {
        Path plain = path.toAbsolutePath().normalize();
        if (SYSTEM.contains(plain.toString())
                || plain.startsWith("/proc")
                || plain.startsWith("/sys")
                || (plain.startsWith("/dev") && !plain.startsWith("/dev/shm"))) {
            throw new InvalidArgumentException(
                    "SELinux labels below " + plain + " are the system's, and stay as they are");
        }
    }

    /**
     * A file or a directory, whose last name is no symbolic link.
     *
     * @throws InvalidArgumentException when the path leads to a directory of the system
     */
    void of(Path path) throws IOException {
        Path whole = path.toAbsolutePath().normalize();
        Path directory = whole.getParent();
        if (directory == null) {
            throw new IllegalArgumentException(path + " is in no directory");
        }
        int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
        int parent = syscalls.openat(AT_FDCWD, CString.of(directory.toString()), flags, 0);
        try {
            Path name = whole.getFileName();
            // Who exchanged a directory on the way since the path was checked has led elsewhere.
            refuseSystem(Files.readSymbolicLink(opened(parent)).resolve(name));
            byte[] raw = name.toString().getBytes(StandardCharsets.UTF_8);
            set(CString.of(joined(parent, raw)));
            enter(parent, raw, 1);
        } finally {
            syscalls.close(parent);
        }
    }

    /** All in an open directory, which is closed then. */
    private void below(int directory, int depth) throws IOException {
        try {
            if (depth > MAX_DEPTH) {
                throw new IOException("its directories are nested too deeply");
            }
            for (byte[] name : names(directory)) {
                set(CString.of(joined(directory, name)));
                enter(directory, name, depth + 1);
            }
        } finally {
            syscalls.close(directory);
        }
    }

    private void enter(int directory, byte[] name, int depth) throws IOException {
        int inner;
        try {
            int flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
            inner = syscalls.openat(directory, CString.of(name), flags, 0);
        } catch (ErrnoException e) {
            if (PASSED.contains(e.errno())) {
                return;
            }
            throw e;
        }
        below(inner, depth);
    }

    private void set(CString path) throws ErrnoException {
        try {
            byte[] has = syscalls.lgetxattr(path, NAME).orElse(new byte[0]);
            if (!Arrays.equals(has, label) && !Arrays.equals(has, terminated())) {
                syscalls.lsetxattr(path, NAME, label, 0);
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EOPNOTSUPP && !PASSED.contains(e.errno())) {
                throw e;
            }
        }
    }

    /** As the kernel gives it. */
    private byte[] terminated() {
        return Arrays.copyOf(label, label.length + 1);
    }

    private static Path opened(int directory) {
        return Path.of("/proc/self/fd", Integer.toString(directory));
    }

    private static byte[] joined(int directory, byte[] name) {
        byte[] parent = (opened(directory) + "/").getBytes(StandardCharsets.UTF_8);
        byte[] joined = Arrays.copyOf(parent, parent.length + name.length);
        System.arraycopy(name, 0, joined, parent.length, name.length);
        return joined;
    }

    private static List<byte[]> names(int directory) throws IOException {
        List<byte[]> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(opened(directory))) {
            for (Path entry : entries) {
                names.add(name(entry));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** A URI has every byte of a name, also of one that is no text in this locale. */
    private static byte[] name(Path entry) {
        String raw = entry.toUri().getRawPath();
        int end = raw.endsWith("/") ? raw.length() - 1 : raw.length();
        ByteArrayOutputStream name = new ByteArrayOutputStream();
        for (int i = raw.lastIndexOf('/', end - 1) + 1; i < end; i++) {
            if (raw.charAt(i) == '%') {
                name.writeBytes(HEX.parseHex(raw, i + 1, i + 3));
                i += 2;
            } else {
                name.write(raw.charAt(i));
            }
        }
        return name.toByteArray();
    }
}
