package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.Mount;
import java.util.List;

/**
 * Mounts the root file system in the container's own mount namespace. Its directory and the layers
 * are the host's, so mount(2) by path is safe.
 */
final class RootMount {

    private final Context context;
    private final UserNamespace users;
    private final String path;

    RootMount(Context context, UserNamespace users, String path) {
        this.context = context;
        this.users = users;
        this.path = path;
    }

    /** Mounts it and opens it. */
    Register mount(List<Mount> mounts) {
        if (mounts.isEmpty()) {
            context.asm().step("mount root file system " + path);
            mountItself();
        }
        for (Mount mount : mounts) {
            context.asm().step("mount root file system (" + mount.type() + ")");
            if (users.isPresent()) {
                new IdmappedRoot(context, users, path).mount(mount);
            } else {
                new PathMount(context, path).mount(mount);
            }
        }
        context.asm().step("open root file system " + path);
        return context.calls().openat(Calls.HERE, path, O_PATH | O_DIRECTORY | O_CLOEXEC).result();
    }

    private void mountItself() {
        if (users.isPresent()) {
            new IdmappedRoot(context, users, path).mount(Mount.bind(path, false));
        } else {
            context.calls().mount(path, path, "", MS_BIND | MS_REC, "");
        }
    }
}
