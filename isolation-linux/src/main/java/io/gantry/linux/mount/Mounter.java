package io.gantry.linux.mount;

import static io.gantry.linux.syscall.MountFlags.*;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.MountCalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mounts and unmounts in the daemon's own mount namespace, on paths that the daemon itself made and
 * that nobody else can change. Thread-safe.
 */
public final class Mounter {

    private static final int PAGE = 4096;

    private final MountCalls syscalls;

    public Mounter(MountCalls syscalls) {
        this.syscalls = syscalls;
    }

    /** Mounts each on top of the one before; when one fails, those before it are undone. */
    public void mount(List<Mount> mounts, Path target) throws IOException {
        int done = 0;
        try {
            for (Mount mount : mounts) {
                mount(mount, target);
                done++;
            }
        } catch (IOException e) {
            for (; done > 0; done--) {
                undo(target, e);
            }
            throw e;
        }
    }

    /** Mounts one; nothing stays mounted when it fails. */
    public void mount(Mount mount, Path target) throws IOException {
        MountOptions options = mount.parsedOptions();
        if (options.bind()) {
            bind(mount.source(), target, options);
        } else {
            String data = options.dataText();
            if (data.length() >= PAGE) {
                throw new IOException(
                        "mount "
                                + mount.type()
                                + " on "
                                + target
                                + ": options of "
                                + data.length()
                                + " bytes are longer than a page");
            }
            call(mount.source(), target, mount.type(), options.flags(), data);
        }
        if (options.propagation() != 0) {
            orUndo(target, () -> call("none", target, null, options.propagation(), ""));
        }
    }

    /**
     * Unmounts everything that is mounted on {@code target} itself, lazily where it is in use.
     * Succeeds when nothing is, or when the path is gone.
     */
    public void unmount(Path target) throws IOException {
        CString path = CString.of(target.toString());
        while (true) {
            try {
                syscalls.umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
            } catch (ErrnoException e) {
                // EINVAL: not, or no longer, a mount point.
                if (e.is(Errno.EINVAL) || e.is(Errno.ENOENT)) {
                    return;
                }
                throw e;
            }
        }
    }

    private void bind(String source, Path target, MountOptions options) throws IOException {
        long recursive = options.recursive() ? MS_REC : 0;
        call(source, target, null, MS_BIND | recursive, "");
        long flags = options.flags();
        if (flags != 0) {
            orUndo(target, () -> call("none", target, null, MS_REMOUNT | MS_BIND | flags, ""));
        }
    }

    private void call(String source, Path target, @Nullable String type, long flags, String data)
            throws IOException {
        syscalls.mount(
                CString.of(source),
                CString.of(target.toString()),
                type == null ? null : CString.of(type),
                flags,
                data.isEmpty() ? null : CString.of(data));
    }

    private interface Step {
        void run() throws IOException;
    }

    private void orUndo(Path target, Step step) throws IOException {
        try {
            step.run();
        } catch (IOException e) {
            undo(target, e);
            throw e;
        }
    }

    private void undo(Path target, IOException cause) {
        try {
            syscalls.umount2(CString.of(target.toString()), MNT_DETACH | UMOUNT_NOFOLLOW);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
