package io.gantry.runtime.spec;

import io.gantry.linux.security.DefaultPaths;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.task.TaskRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Turns a task into the specification that it is started from, confined as Docker confines the
 * commands of builds: default capabilities, filter, hidden paths and devices.
 */
final class TaskSpecBuilder {

    private final Layout layout;
    private final Node node;

    TaskSpecBuilder(Layout layout, Node node) {
        this.layout = layout;
        this.node = node;
    }

    Spec build(PodSandbox pod, ContainerId id, TaskRequest request, String cgroup)
            throws IOException {
        boolean privileged = request.privileged();
        Capabilities capabilities =
                privileged ? CapabilitySets.all() : CapabilitySets.of(CapabilityChanges.none());
        TaskRequest.Command command = request.command();
        Process process =
                new Process(
                        false,
                        command.user(),
                        command.args(),
                        command.env(),
                        command.cwd(),
                        capabilities,
                        request.limits().rlimits(),
                        false,
                        null,
                        privileged ? "" : Security.apparmor(null, node),
                        "");
        DeviceAccess devices =
                privileged
                        ? DeviceAccess.privileged(List.of(), node)
                        : DeviceAccess.of(List.of(), node);
        LinuxSpec linux =
                new LinuxSpec(
                        namespaces(privileged),
                        List.of(),
                        List.of(),
                        devices.nodes(),
                        cgroup,
                        resources(request.limits().resources(), devices),
                        privileged ? null : node.defaultSeccomp(capabilities.bounding()),
                        "",
                        privileged ? List.of() : DefaultPaths.masked(),
                        privileged ? List.of() : DefaultPaths.readonly(),
                        Map.of());
        String root = layout.container(id).rootfs().toString();
        return new Spec(
                process,
                new Spec.Root(root, false),
                request.hostname(),
                mounts(pod, request),
                Map.of(),
                linux);
    }

    private static List<Namespace> namespaces(boolean privileged) {
        List<Namespace> namespaces = new ArrayList<>();
        for (NamespaceType type :
                List.of(
                        NamespaceType.MOUNT,
                        NamespaceType.PID,
                        NamespaceType.IPC,
                        NamespaceType.UTS)) {
            namespaces.add(new Namespace(type, ""));
        }
        if (!privileged) {
            namespaces.add(new Namespace(NamespaceType.CGROUP, ""));
        }
        return namespaces;
    }

    /** Parents first; a mount of the request takes the place of a usual one. */
    private List<SpecMount> mounts(PodSandbox pod, TaskRequest request) {
        TaskRequest.Files files = request.files();
        Set<String> taken =
                files.mounts().stream().map(SpecMount::destination).collect(Collectors.toSet());
        List<SpecMount> usual = new ArrayList<>(DefaultMounts.kernels(request.privileged()));
        usual.add(
                new SpecMount(
                        "/dev/shm",
                        "tmpfs",
                        "shm",
                        List.of(
                                "nosuid",
                                "noexec",
                                "nodev",
                                "mode=1777",
                                "size=" + files.sharedMemoryBytes())));
        Path resolvConf = layout.sandbox(pod.id()).resolvConf();
        usual.add(DefaultMounts.bind(resolvConf, "/etc/resolv.conf", "ro"));
        return Stream.concat(
                        usual.stream().filter(each -> !taken.contains(each.destination())),
                        files.mounts().stream())
                .sorted(Comparator.comparingInt(each -> Path.of(each.destination()).getNameCount()))
                .toList();
    }

    private static Resources resources(Resources asked, DeviceAccess devices) {
        return new Resources(
                devices.rules(),
                asked.cpuShares(),
                asked.cpuQuota(),
                asked.cpuPeriod(),
                asked.cpusetCpus(),
                asked.cpusetMems(),
                asked.memoryLimit(),
                asked.memorySwap(),
                asked.memoryReservation(),
                asked.pidsLimit(),
                asked.hugepageLimits(),
                asked.unified());
    }
}
