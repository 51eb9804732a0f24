package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;

/**
 * Overlays, as image volumes are, and parts of trees. Each is mounted aside first, on the directory
 * that the root file system will cover, and a clone of it is taken from there: an overlay's list of
 * layers is longer than what fsconfig(2) takes, and often only one directory or file of a tree is
 * wanted. Its name is looked up inside the tree, whose root the look-up cannot leave.
 *
 * <p>All of it happens in the container's mount namespace and goes with it.
 */
final class StagedMounts {

    /** mount(8): mount only a directory of the file system. */
    private static final String SUBDIRECTORY = "X-mount.subdir=";

    /** Our own: mount only this of the file system, a directory or a file. */
    private static final String PART = "X-gantry.part=";

    private final Context context;
    private final UserNamespace users;
    private final String aside;
    private final String label;

    /**
     * Needs a directory.
     *
     * @param aside on the host, where nothing is mounted yet
     * @param label SELinux label of what is a file system of its own; empty: none
     */
    StagedMounts(Context context, UserNamespace users, String aside, String label) {
        this.context = context;
        this.users = users;
        this.aside = aside;
        this.label = label;
    }

    static boolean isStaged(SpecMount mount) {
        return mount.type().equals("overlay")
                || mount.options().stream().anyMatch(StagedMounts::isPart);
    }

    /** Makes one, detached. */
    Register make(SpecMount mount) {
        context.asm().step("mount " + mount.type() + " for " + mount.destination());
        List<String> options = mount.options().stream().filter(option -> !isPart(option)).toList();
        int mounted = mount(new Mount(mount.type(), mount.source(), options).labelled(label));
        Register clone = context.asm().register();
        String part = part(mount);
        if (part.isEmpty()) {
            context.calls().openTree(Calls.HERE, aside, 0).into(clone);
        } else {
            String path = part.substring(part.indexOf('=') + 1);
            context.asm().step("find " + path + " for " + mount.destination());
            int kind = part.startsWith(SUBDIRECTORY) ? O_DIRECTORY : 0;
            context.asm().scoped(() -> clonePart(path, kind, clone));
        }
        Arg detach = Arg.named(MNT_DETACH, "MNT_DETACH");
        for (int i = 0; i < mounted; i++) {
            context.asm().call(SyscallNumber.UMOUNT2, context.calls().text(aside), detach);
        }
        return clone;
    }

    /** Images always show the container's ids: nobody could read their files otherwise. */
    private int mount(Mount mount) {
        if (users.isPresent()) {
            return new IdmappedRoot(context, users, aside).mount(mount);
        }
        new PathMount(context, aside).mount(mount);
        return 1;
    }

    private void clonePart(String path, int kind, Register clone) {
        int flags = O_PATH | O_CLOEXEC;
        Register root = context.calls().openat(Calls.HERE, aside, O_DIRECTORY | flags).result();
        Register found =
                context.calls().openat2(root, path, kind | flags, RESOLVE_IN_ROOT).result();
        context.calls().openTree(found, "", AT_EMPTY_PATH).into(clone);
        context.calls().close(found);
        context.calls().close(root);
    }

    private static String part(SpecMount mount) {
        return mount.options().stream()
                .filter(StagedMounts::isPart)
                .reduce("", (earlier, later) -> later);
    }

    private static boolean isPart(String option) {
        return option.startsWith(SUBDIRECTORY) || option.startsWith(PART);
    }
}
