package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.FileStatus;
import java.util.List;

/** The nodes and links that every container has in /dev, and those that its specification adds. */
final class Devices {

    private static final String DEV = "/dev";

    private static final List<DeviceNode> DEFAULTS =
            List.of(
                    node("/dev/null", 1, 3),
                    node("/dev/zero", 1, 5),
                    node("/dev/full", 1, 7),
                    node("/dev/random", 1, 8),
                    node("/dev/urandom", 1, 9),
                    node("/dev/tty", 5, 0));

    /** Targets and names, as the OCI specification's config-linux.md has them. */
    private static final List<List<String>> LINKS =
            List.of(
                    List.of("/proc/self/fd", "fd"),
                    List.of("/proc/self/fd/0", "stdin"),
                    List.of("/proc/self/fd/1", "stdout"),
                    List.of("/proc/self/fd/2", "stderr"),
                    List.of("/proc/kcore", "core"),
                    List.of("pts/ptmx", "ptmx"));

    private final Context context;
    private final UserNamespace users;
    private final MountPoints points;

    Devices(Context context, UserNamespace users, MountPoints points) {
        this.context = context;
        this.users = users;
        this.points = points;
    }

    /** Whether the specification leaves /dev to us: it is not the host's. */
    static boolean wanted(List<SpecMount> mounts) {
        return mounts.stream()
                .filter(mount -> MountPoints.normalize(mount.destination()).equals(DEV))
                .noneMatch(
                        mount ->
                                mount.type().equals("bind")
                                        || mount.options().contains("bind")
                                        || mount.options().contains("rbind"));
    }

    /**
     * Makes them. In a user namespace those that everybody may use belong to the container's root,
     * but those of the specification to whom they belong on the host: a root that is none must not
     * get at a disk by owning its node.
     */
    void make(List<DeviceNode> additional) {
        context.asm()
                .scoped(
                        () -> {
                            context.asm().step("open /dev");
                            Register dev = points.directory(DEV);
                            DEFAULTS.forEach(device -> node(device, dev));
                            additional.forEach(device -> node(device, dev));
                            LINKS.forEach(link -> link(link.getFirst(), link.getLast(), dev));
                            context.calls().close(dev);
                        });
    }

    private void node(DeviceNode device, Register dev) {
        String path = MountPoints.normalize(device.path());
        String name = path.substring(path.lastIndexOf('/') + 1);
        context.asm().step("make device " + path);
        if (parentOf(path).equals(DEV)) {
            node(device, dev, name);
            return;
        }
        context.asm()
                .scoped(
                        () -> {
                            Register directory = points.directory(parentOf(path));
                            node(device, directory, name);
                            context.calls().close(directory);
                        });
    }

    private void node(DeviceNode device, Register directory, String name) {
        int mode = type(device) | device.fileMode();
        context.calls()
                .mknodat(directory, name, mode, device.major(), device.minor())
                .tolerating(Errno.EEXIST);
        boolean shared = DEFAULTS.contains(device);
        if (device.uid() != 0 || device.gid() != 0 || (users.isPresent() && !shared)) {
            context.calls().fchownat(directory, name, device.uid(), device.gid());
        }
    }

    private void link(String target, String name, Register dev) {
        context.asm().step("make link " + DEV + "/" + name);
        context.calls().symlinkat(target, dev, name).tolerating(Errno.EEXIST);
    }

    private static String parentOf(String path) {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    private static int type(DeviceNode device) {
        return switch (device.type()) {
            case "b" -> FileStatus.S_IFBLK;
            case "p" -> FileStatus.S_IFIFO;
            default -> FileStatus.S_IFCHR;
        };
    }

    private static DeviceNode node(String path, int major, int minor) {
        return new DeviceNode(path, "c", major, minor, 0666, 0, 0);
    }
}
