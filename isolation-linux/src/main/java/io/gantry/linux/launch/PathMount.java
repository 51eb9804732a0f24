package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.MountOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * Mounts on a directory of the host that nobody else can change, by mount(2), which takes longer
 * lists of layers than fsconfig(2) does.
 */
final class PathMount {

    private static final String LOWER = "lowerdir=";

    /** What mount(2) copies of its options. */
    private static final int PAGE = 4096;

    /** Overlayfs takes no more. */
    private static final int MAX_LAYERS = 500;

    private final Context context;
    private final String path;

    PathMount(Context context, String path) {
        this.context = context;
        this.path = path;
    }

    void mount(Mount mount) {
        MountOptions options = mount.parsedOptions();
        if (options.bind()) {
            long recursive = options.recursive() ? MS_REC : 0;
            context.calls().mount(mount.source(), path, "", MS_BIND | recursive, "");
            if (options.flags() != 0) {
                long flags = MS_REMOUNT | MS_BIND | options.flags();
                context.calls().mount("none", path, "", flags, "");
            }
        } else if (options.dataText().length() < PAGE) {
            mount(mount, options.flags(), options.dataText());
        } else {
            mountLinked(mount, options);
        }
    }

    private void mount(Mount mount, long flags, String data) {
        context.calls().mount(mount.source(), path, mount.type(), flags, data);
    }

    /** With short links to the layers, where their paths do not fit a page. */
    private void mountLinked(Mount mount, MountOptions options) {
        List<String> data = new ArrayList<>();
        int last = Remount.LINKED;
        for (String option : options.data()) {
            if (option.startsWith(LOWER)) {
                List<String> layers = List.of(option.substring(LOWER.length()).split(":", -1));
                last += layers.size();
                data.add(LOWER + String.join(":", link(layers)));
            } else {
                data.add(option);
            }
        }
        String text = String.join(",", data);
        if (last > Remount.LINKED + MAX_LAYERS || text.length() >= PAGE) {
            throw new InvalidArgumentException("too many layers: " + (last - Remount.LINKED));
        }
        mount(mount, options.flags(), text);
        context.calls().closeRange(Remount.LINKED, last);
    }

    private List<String> link(List<String> layers) {
        List<String> links = new ArrayList<>();
        for (String layer : layers) {
            int number = Remount.LINKED + links.size();
            context.asm()
                    .scoped(
                            () -> {
                                Register fd =
                                        context.calls()
                                                .openat(
                                                        Calls.HERE,
                                                        layer,
                                                        O_PATH | O_DIRECTORY | O_CLOEXEC)
                                                .result();
                                context.calls().dup3(fd, number, O_CLOEXEC);
                                context.calls().close(fd);
                            });
            links.add("/proc/self/fd/" + number);
        }
        return links;
    }
}
