package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.mount.MountOptions;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.cdi.ContainerEdits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Has a specification be as devices of vendors ask. What they ask for takes the place of what the
 * container has: a variable of the same name, a node or a mount at the same path.
 */
final class DeviceEdits {

    /** Of a node whose description says nothing of it, as OCI runtimes have it. */
    private static final int MODE = 0666;

    private final Node node;

    DeviceEdits(Node node) {
        this.node = node;
    }

    /**
     * The specification, edited.
     *
     * @throws InvalidArgumentException naming a device node, mount or group that cannot be
     */
    Spec apply(Spec spec, ContainerEdits edits) throws IOException {
        if (edits.equals(ContainerEdits.NONE)) {
            return spec;
        }
        Process process = process(spec, edits);
        return spec.with(process)
                .and(edits.hooks())
                .with(mounts(spec.mounts(), edits.mounts()))
                .with(linux(spec.linux(), edits.deviceNodes(), process.user()));
    }

    private static Process process(Spec spec, ContainerEdits edits) {
        Process process = spec.process();
        Map<String, String> env = new LinkedHashMap<>();
        process.env().forEach(variable -> env.put(nameOf(variable), variable));
        edits.env().forEach(variable -> env.put(nameOf(variable), variable));
        IdMappings users = new IdMappings(spec.linux().uidMappings(), spec.linux().gidMappings());
        Set<Integer> groups = new LinkedHashSet<>(process.user().additionalGids());
        for (long gid : edits.additionalGids()) {
            users.hostGid(gid);
            groups.add((int) gid);
        }
        Process.User user = process.user();
        return new Process(
                process.terminal(),
                process.consoleSize(),
                new Process.User(user.uid(), user.gid(), List.copyOf(groups), user.umask()),
                process.args(),
                List.copyOf(env.values()),
                process.cwd(),
                process.capabilities(),
                process.rlimits(),
                process.noNewPrivileges(),
                process.oomScoreAdj(),
                process.apparmorProfile(),
                process.selinuxLabel());
    }

    private static String nameOf(String variable) {
        int equals = variable.indexOf('=');
        return equals < 0 ? variable : variable.substring(0, equals);
    }

    private static List<SpecMount> mounts(List<SpecMount> before, List<SpecMount> edits) {
        List<SpecMount> all = new ArrayList<>(before);
        for (SpecMount edit : edits) {
            SpecMount mount = checked(edit);
            all.removeIf(other -> other.destination().equals(mount.destination()));
            all.add(mount);
        }
        all.sort(Comparator.comparingInt(mount -> Path.of(mount.destination()).getNameCount()));
        return all;
    }

    private static SpecMount checked(SpecMount mount) {
        Path destination = Path.of("/").resolve(mount.destination()).normalize();
        if (destination.getNameCount() == 0) {
            throw new InvalidArgumentException(
                    "CDI mount of " + mount.source() + " cannot be on / of the container");
        }
        if (mount.type().isEmpty()) {
            throw new InvalidArgumentException(
                    "CDI mount of %s at %s has neither a type nor the option bind"
                            .formatted(mount.source(), mount.destination()));
        }
        MountOptions _ = MountOptions.parse(mount.options());
        return new SpecMount(destination.toString(), mount.type(), mount.source(), mount.options());
    }

    private LinuxSpec linux(LinuxSpec linux, List<ContainerEdits.Node> edits, Process.User owner)
            throws IOException {
        Map<String, DeviceNode> nodes = new LinkedHashMap<>();
        linux.devices().forEach(device -> nodes.put(device.path(), device));
        List<DeviceRule> rules = new ArrayList<>(linux.resources().devices());
        for (ContainerEdits.Node edit : edits) {
            DeviceNode device = device(edit, owner);
            nodes.remove(device.path());
            nodes.put(device.path(), device);
            if (!device.type().equals("p") && !edit.permissions().isEmpty()) {
                rules.add(
                        new DeviceRule(
                                true,
                                device.type(),
                                device.major(),
                                device.minor(),
                                edit.permissions()));
            }
        }
        return new LinuxSpec(
                linux.namespaces(),
                linux.uidMappings(),
                linux.gidMappings(),
                List.copyOf(nodes.values()),
                linux.cgroupsPath(),
                with(linux.resources(), rules),
                linux.seccomp(),
                linux.rootfsPropagation(),
                linux.maskedPaths(),
                linux.readonlyPaths(),
                linux.sysctl(),
                linux.mountLabel());
    }

    private static Resources with(Resources resources, List<DeviceRule> rules) {
        return new Resources(
                rules,
                resources.cpuShares(),
                resources.cpuQuota(),
                resources.cpuPeriod(),
                resources.cpusetCpus(),
                resources.cpusetMems(),
                resources.memoryLimit(),
                resources.memorySwap(),
                resources.memoryReservation(),
                resources.pidsLimit(),
                resources.hugepageLimits(),
                resources.unified());
    }

    /** A node that nobody is said to own is the process's, as the format's own library has it. */
    private DeviceNode device(ContainerEdits.Node edit, Process.User owner) throws IOException {
        String path = Path.of("/").resolve(edit.path()).normalize().toString();
        // u is a character device by its old name (mknod(1)).
        String type = edit.type().equals("u") ? "c" : edit.type();
        long major = Objects.requireNonNullElse(edit.major(), 0L);
        long minor = Objects.requireNonNullElse(edit.minor(), 0L);
        if (type.isEmpty() || (major == 0 && !type.equals("p"))) {
            Node.Device host = host(edit, type);
            type = host.type();
            if (major == 0) {
                major = host.major();
                minor = host.minor();
            }
        }
        int mode = Objects.requireNonNullElse(edit.fileMode(), MODE);
        return new DeviceNode(
                path,
                type,
                major,
                minor,
                mode,
                id(edit.uid(), owner.uid()),
                id(edit.gid(), owner.gid()));
    }

    private Node.Device host(ContainerEdits.Node edit, String type) throws IOException {
        Optional<Node.Device> found = node.device(Path.of(edit.hostPath()));
        if (found.isEmpty()) {
            throw new InvalidArgumentException(
                    "CDI device node "
                            + edit.path()
                            + ": there is no device at "
                            + edit.hostPath()
                            + " of the host");
        }
        if (!type.isEmpty() && !found.get().type().equals(type)) {
            throw new InvalidArgumentException(
                    "CDI device node %s is of type %s, but %s of the host is of type %s"
                            .formatted(edit.path(), type, edit.hostPath(), found.get().type()));
        }
        return found.get();
    }

    private static int id(@Nullable Long given, int otherwise) {
        return given == null ? otherwise : given.intValue();
    }
}
