package io.gantry.image.snapshot;

import static io.gantry.linux.syscall.OpenFlags.AT_FDCWD;
import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_IN_ROOT;
import static io.gantry.linux.syscall.OpenFlags.RESOLVE_NO_MAGICLINKS;

import io.gantry.image.layer.AppliedLayer;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Gives directories that a layer only passes through the attributes they have below it. A layer is
 * unpacked without those below, so {@code tmp/file} in an archive without {@code tmp/} would
 * otherwise take the sticky bit off {@code /tmp}.
 */
final class ImpliedDirectories {

    private static final int DIRECTORY = O_DIRECTORY | O_CLOEXEC;

    private final Syscalls kernel;
    private final LayerStack below;

    ImpliedDirectories(Syscalls kernel, LayerStack below) {
        this.kernel = kernel;
        this.below = below;
    }

    void describe(Path layer, AppliedLayer applied) throws IOException {
        if (applied.impliedDirectories().isEmpty() || below.isEmpty()) {
            return;
        }
        int root = kernel.openat(AT_FDCWD, CString.of(layer.toString()), DIRECTORY, 0);
        try {
            for (String path : applied.impliedDirectories()) {
                Optional<FileStatus> status = below.status(path);
                if (status.isPresent() && status.get().isDirectory()) {
                    describe(root, path, status.get());
                }
            }
        } finally {
            kernel.close(root);
        }
    }

    private void describe(int root, String path, FileStatus status) throws IOException {
        CString relative =
                CString.of((path.isEmpty() ? "." : path).getBytes(StandardCharsets.ISO_8859_1));
        long confined = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
        int fd = kernel.openat2(root, relative, DIRECTORY, 0, confined);
        try {
            kernel.fchown(fd, status.uid(), status.gid());
            kernel.fchmod(fd, status.permissions());
            kernel.futimens(fd, status.accessed(), status.modified());
        } finally {
            kernel.close(fd);
        }
    }
}
