package io.gantry.runtime.spec;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.runtime.container.ContainerDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Devices of a container and the rules about them.
 *
 * @param nodes beyond those that every container has
 * @param rules of which the last that matches decides
 */
record DeviceAccess(List<DeviceNode> nodes, List<DeviceRule> rules) {

    private static final String ALL = "rwm";
    private static final Pattern PERMISSIONS = Pattern.compile("[rwm]{1,3}");

    /** Nobody can open what they make of these: mknod is harmless, and images' packages use it. */
    private static final List<DeviceRule> DEFAULTS =
            List.of(
                    new DeviceRule(false, "a", null, null, ALL),
                    rule("c", null, null, "m"),
                    rule("b", null, null, "m"),
                    rule("c", 1L, 3L, ALL),
                    rule("c", 1L, 5L, ALL),
                    rule("c", 1L, 7L, ALL),
                    rule("c", 1L, 8L, ALL),
                    rule("c", 1L, 9L, ALL),
                    rule("c", 5L, 0L, ALL),
                    rule("c", 5L, 1L, ALL),
                    rule("c", 5L, 2L, ALL),
                    rule("c", 136L, null, ALL));

    /** What a privileged container does not get: terminals of others, and directories of ours. */
    private static final List<Path> NOT_SHARED =
            List.of(
                    Path.of("/dev/console"),
                    Path.of("/dev/ptmx"),
                    Path.of("/dev/pts"),
                    Path.of("/dev/shm"),
                    Path.of("/dev/fd"),
                    Path.of("/dev/mqueue"));

    DeviceAccess {
        nodes = List.copyOf(nodes);
        rules = List.copyOf(rules);
    }

    /**
     * Every device of the host, and no rule against any. Those that are asked for are there besides
     * at the paths that they are asked for, and come before one of the host's at the same path.
     *
     * @throws InvalidArgumentException as {@link #of}
     */
    static DeviceAccess privileged(List<ContainerDevice> devices, Node node) throws IOException {
        List<DeviceNode> nodes = new ArrayList<>(of(devices, node).nodes());
        Set<String> taken = nodes.stream().map(DeviceNode::path).collect(Collectors.toSet());
        for (Path path : node.devicesBelow(Path.of("/dev"))) {
            if (!taken.contains(path.toString())
                    && NOT_SHARED.stream().noneMatch(path::startsWith)) {
                Optional<Node.Device> device = node.device(path);
                device.ifPresent(found -> nodes.add(deviceNode(path.toString(), found)));
            }
        }
        return new DeviceAccess(nodes, List.of(rule("a", null, null, ALL)));
    }

    /**
     * The usual few devices and those that are asked for; of a directory, all in it.
     *
     * @throws InvalidArgumentException naming a path that is no device, or permissions that are
     *     none
     */
    static DeviceAccess of(List<ContainerDevice> devices, Node node) throws IOException {
        List<DeviceNode> nodes = new ArrayList<>();
        List<DeviceRule> rules = new ArrayList<>(DEFAULTS);
        for (ContainerDevice device : devices) {
            add(device, node, nodes, rules);
        }
        return new DeviceAccess(nodes, rules);
    }

    private static void add(
            ContainerDevice wanted, Node node, List<DeviceNode> nodes, List<DeviceRule> rules)
            throws IOException {
        String access = wanted.permissions().isEmpty() ? ALL : wanted.permissions();
        if (!PERMISSIONS.matcher(access).matches()) {
            throw new InvalidArgumentException(
                    "device "
                            + wanted.hostPath()
                            + ": permissions \""
                            + access
                            + "\" are not of r, w and m");
        }
        Path named = HostPath.of("device " + wanted.hostPath(), wanted.hostPath());
        Path host = node.resolve(named);
        Path container = wanted.containerPath().isEmpty() ? named : Path.of(wanted.containerPath());
        List<Path> found = node.device(host).isPresent() ? List.of(host) : node.devicesBelow(host);
        if (found.isEmpty()) {
            throw new InvalidArgumentException(
                    "device "
                            + wanted.hostPath()
                            + ": its host_path is no device, nor a directory of some");
        }
        for (Path path : found) {
            String target = container.resolve(host.relativize(path)).normalize().toString();
            Optional<Node.Device> device = node.device(path);
            if (device.isPresent()) {
                Node.Device is = device.get();
                nodes.add(deviceNode(target, is));
                rules.add(rule(is.type(), is.major(), is.minor(), access));
            }
        }
    }

    private static DeviceNode deviceNode(String path, Node.Device device) {
        return new DeviceNode(
                path,
                device.type(),
                device.major(),
                device.minor(),
                device.mode(),
                device.uid(),
                device.gid());
    }

    private static DeviceRule rule(
            String type, @Nullable Long major, @Nullable Long minor, String access) {
        return new DeviceRule(true, type, major, minor, access);
    }
}
