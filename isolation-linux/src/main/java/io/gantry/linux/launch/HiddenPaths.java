package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Register;

/**
 * Masked and read-only paths. All of it happens before the root is changed, so what covers a masked
 * file is the host's /dev/null and not something that the image put there. Paths that are not there
 * need no covering.
 */
final class HiddenPaths {

    private final Context context;
    private final MountPoints points;

    HiddenPaths(Context context, MountPoints points) {
        this.context = context;
        this.points = points;
    }

    /** Covers a directory with an empty one, a file with /dev/null. */
    void mask(String path) {
        context.asm().step("mask " + path);
        context.asm()
                .scoped(
                        () -> {
                            Register directory = points.existing(path, O_DIRECTORY);
                            context.asm().ifSucceeded(directory, () -> coverDirectory(directory));
                            context.asm().ifFailed(directory, () -> coverFile(path));
                        });
    }

    private void coverDirectory(Register directory) {
        Calls calls = context.calls();
        Register fs = calls.fsopen("tmpfs");
        calls.fsconfig(fs, "nr_blocks=1");
        calls.fsconfig(fs, "nr_inodes=1");
        calls.fsconfigCreate(fs);
        Register empty =
                calls.fsmount(
                        fs,
                        MOUNT_ATTR_RDONLY
                                | MOUNT_ATTR_NOSUID
                                | MOUNT_ATTR_NODEV
                                | MOUNT_ATTR_NOEXEC);
        calls.moveMount(empty, directory);
        calls.close(empty);
        calls.close(fs);
        calls.close(directory);
    }

    private void coverFile(String path) {
        Register file = points.existing(path, 0);
        context.asm()
                .ifSucceeded(
                        file,
                        () -> {
                            Register cover =
                                    context.calls().openTree(Calls.HERE, "/dev/null", 0).result();
                            context.calls().moveMount(cover, file);
                            context.calls().close(cover);
                            context.calls().close(file);
                        });
    }

    /** Makes what is there read-only, with all mounts below it. */
    void makeReadonly(String path) {
        context.asm().step("make " + path + " read-only");
        context.asm()
                .scoped(
                        () -> {
                            Register found = points.existing(path, 0);
                            context.asm().ifSucceeded(found, () -> bindReadonly(path, found));
                        });
    }

    private void bindReadonly(String path, Register found) {
        Calls calls = context.calls();
        Register clone = calls.openTree(found, "", AT_EMPTY_PATH | AT_RECURSIVE).result();
        if (context.host().features().mountSetattr()) {
            calls.mountSetattr(clone, true, MountAttributes.readonly());
            calls.moveMount(clone, found);
        } else {
            calls.moveMount(clone, found);
            // Such paths are the kernel's own files: nothing of them is to be executed either.
            new Remount(context, points).flags(path, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
        }
        calls.close(clone);
        calls.close(found);
    }
}
