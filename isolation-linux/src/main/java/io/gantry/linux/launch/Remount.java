package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Register;

/**
 * Changes of attached mounts for kernels without mount_setattr(2), through mount(2). Its target is
 * a link of /proc/self/fd to the descriptor, hence a number that is known in advance.
 */
final class Remount {

    /** Above what a program has open at a time, below any limit on descriptors. */
    static final int LINKED = 512;

    private static final String LINK = "/proc/self/fd/" + LINKED;

    private final Context context;
    private final MountPoints points;

    Remount(Context context, MountPoints points) {
        this.context = context;
        this.points = points;
    }

    /** Sets the MS_ flags of the mount at a place; those not given are cleared. */
    void flags(String path, long flags) {
        if (flags != 0) {
            on(path, MS_REMOUNT | MS_BIND | flags);
        }
    }

    /** Sets how mounts are exchanged, as MS_PRIVATE, with MS_REC for all below. */
    void propagation(String path, long propagation) {
        if (propagation != 0) {
            on(path, propagation);
        }
    }

    private void on(String path, long flags) {
        context.asm()
                .scoped(
                        () -> {
                            Register mounted = points.existing(path, 0);
                            context.calls().dup3(mounted, LINKED, O_CLOEXEC);
                            context.calls().close(mounted);
                            context.calls().mount("none", LINK, "", flags, "");
                        });
    }
}
