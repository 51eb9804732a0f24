package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.Mount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Mounts trees of the host so that a user namespace's ids are seen in them. Overlayfs itself cannot
 * be idmapped, but what it is made of can be (kernel 5.19): clones of the layers are attached in a
 * tmpfs on the directory, and the overlay of these is mounted over it. What is written arrives in
 * the upper layer with the ids of the image, as it would without a user namespace.
 */
final class IdmappedRoot {

    private static final String LOWER = "lowerdir=";
    private static final String UPPER = "upperdir=";
    private static final String WORK = "workdir=";
    private static final String WRITABLE = "w";
    private static final int PLACE = O_PATH | O_DIRECTORY | O_CLOEXEC;

    private final Context context;
    private final UserNamespace users;
    private final String path;

    IdmappedRoot(Context context, UserNamespace users, String path) {
        this.context = context;
        this.users = users;
        this.path = path;
    }

    /**
     * Mounts one.
     *
     * @return how many mounts are on the directory now
     */
    int mount(Mount mount) {
        if (!mount.type().equals("overlay")) {
            bind(mount);
            return 1;
        }
        context.calls().mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "mode=700");
        Register directory = context.asm().register();
        context.calls().openat(Calls.HERE, path, PLACE).into(directory);
        List<String> options = new ArrayList<>();
        for (String option : mount.options()) {
            options.add(inside(option, directory));
        }
        context.calls().close(directory);
        new PathMount(context, path).mount(new Mount(mount.type(), mount.source(), options));
        return 2;
    }

    private String inside(String option, Register directory) {
        if (option.startsWith(LOWER)) {
            List<String> layers = List.of(option.substring(LOWER.length()).split(":", -1));
            List<String> clones = new ArrayList<>();
            for (String layer : layers) {
                clones.add(attach(layer, Integer.toString(clones.size()), directory));
            }
            return LOWER + String.join(":", clones);
        }
        if (option.startsWith(UPPER)) {
            // Overlayfs wants it and its work directory in one mount: both are in the parent.
            Path upper = Path.of(option.substring(UPPER.length()));
            String parent = Objects.requireNonNull(upper.getParent()).toString();
            return UPPER + attach(parent, WRITABLE, directory) + "/" + upper.getFileName();
        }
        if (option.startsWith(WORK)) {
            Path work = Path.of(option.substring(WORK.length()));
            return WORK + path + "/" + WRITABLE + "/" + work.getFileName();
        }
        return option;
    }

    /** Attaches a clone of a directory in the tmpfs; its path. */
    private String attach(String source, String name, Register directory) {
        Calls calls = context.calls();
        context.asm()
                .scoped(
                        () -> {
                            Register clone = calls.openTree(Calls.HERE, source, 0).result();
                            users.map(clone, false);
                            calls.mkdirat(directory, name, 0700);
                            Register place = calls.openat(directory, name, PLACE).result();
                            calls.moveMount(clone, place);
                            calls.close(place);
                            calls.close(clone);
                        });
        return path + "/" + name;
    }

    private void bind(Mount mount) {
        Calls calls = context.calls();
        context.asm()
                .scoped(
                        () -> {
                            Register clone = calls.openTree(Calls.HERE, mount.source(), 0).result();
                            users.map(clone, false);
                            long attributes = mount.parsedOptions().attributes();
                            if (attributes != 0) {
                                calls.mountSetattr(
                                        clone, false, new MountAttributes(attributes, 0, 0));
                            }
                            Register place = calls.openat(Calls.HERE, path, PLACE).result();
                            calls.moveMount(clone, place);
                            calls.close(place);
                            calls.close(clone);
                        });
    }
}
