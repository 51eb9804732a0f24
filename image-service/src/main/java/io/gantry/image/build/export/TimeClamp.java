package io.gantry.image.build.export;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.gantry.image.snapshot.StackWalk;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Makes no file of a tree younger than a moment. */
public final class TimeClamp {

    private static final int DIRECTORY =
            OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC;

    private TimeClamp() {}

    /** Goes over all below a directory that nobody changes meanwhile. */
    public static void apply(Syscalls kernel, Path top, Time latest) throws IOException {
        int fd = kernel.openat(AT_FDCWD, CString.of(top.toString()), DIRECTORY, 0);
        try {
            directory(kernel, fd, latest);
        } finally {
            kernel.close(fd);
        }
    }

    private static void directory(Syscalls kernel, int fd, Time latest) throws IOException {
        for (String child : StackWalk.namesIn(Path.of("/proc/self/fd/" + fd))) {
            CString name = CString.of(child.getBytes(StandardCharsets.ISO_8859_1));
            FileStatus status = kernel.statx(fd, name, AT_SYMLINK_NOFOLLOW);
            if (status.isDirectory()) {
                int inner = kernel.openat(fd, name, DIRECTORY, 0);
                try {
                    directory(kernel, inner, latest);
                } finally {
                    kernel.close(inner);
                }
            }
            if (isAfter(status.modified(), latest)) {
                kernel.utimensat(fd, name, latest, latest, AT_SYMLINK_NOFOLLOW);
            }
        }
    }

    private static boolean isAfter(Time time, Time latest) {
        return time.seconds() > latest.seconds()
                || (time.seconds() == latest.seconds() && time.nanos() > latest.nanos());
    }
}
