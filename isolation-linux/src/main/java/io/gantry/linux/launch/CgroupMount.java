package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.MountOptions;
import io.gantry.linux.syscall.Errno;

/**
 * What a container sees of cgroup v1: a tmpfs in which each hierarchy is a bind mount of the
 * container's own cgroup in it.
 */
final class CgroupMount {

    private static final int PLACE = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    private final Context context;
    private final MountPoints points;

    CgroupMount(Context context, MountPoints points) {
        this.context = context;
        this.points = points;
    }

    void attach(String destination, MountOptions options, CgroupJoin cgroup) {
        Calls calls = context.calls();
        context.asm().step("mount cgroup on " + destination);
        Register fs = calls.fsopen("tmpfs");
        calls.fsconfig(fs, "mode=755");
        calls.fsconfigCreate(fs);
        Register tmpfs = calls.fsmount(fs, options.attributes() & ~MOUNT_ATTR_RDONLY);
        Register target = points.directory(destination);
        calls.moveMount(tmpfs, target);
        for (CgroupJoin.Hierarchy hierarchy : cgroup.hierarchies()) {
            context.asm().scoped(() -> attach(hierarchy, tmpfs, destination, options));
        }
        if ((options.flags() & MS_RDONLY) != 0) {
            makeReadonly(tmpfs, destination, options);
        }
        calls.close(fs);
        calls.close(tmpfs);
        calls.close(target);
    }

    private void attach(
            CgroupJoin.Hierarchy hierarchy,
            Register tmpfs,
            String destination,
            MountOptions options) {
        String path = destination + "/" + hierarchy.name();
        context.asm().step("mount cgroup " + hierarchy.directory() + " on " + path);
        Register source = context.calls().openTree(Calls.HERE, hierarchy.directory(), 0).result();
        // Nobody else has been in the tmpfs: no need to look for a way there from the root.
        context.calls().mkdirat(tmpfs, hierarchy.name(), 0755).tolerating(Errno.EEXIST);
        Register target = context.calls().openat(tmpfs, hierarchy.name(), PLACE).result();
        boolean setattr = context.host().features().mountSetattr();
        if (setattr) {
            MountAttributes wanted = new MountAttributes(options.attributes(), 0, MS_PRIVATE);
            context.calls().mountSetattr(source, false, wanted);
        }
        context.calls().moveMount(source, target);
        if (!setattr) {
            new Remount(context, points).flags(path, options.flags());
        }
        context.calls().close(source);
        context.calls().close(target);
    }

    private void makeReadonly(Register tmpfs, String destination, MountOptions options) {
        context.asm().step("make " + destination + " read-only");
        if (context.host().features().mountSetattr()) {
            context.calls().mountSetattr(tmpfs, false, MountAttributes.readonly());
        } else {
            new Remount(context, points).flags(destination, options.flags());
        }
    }
}
