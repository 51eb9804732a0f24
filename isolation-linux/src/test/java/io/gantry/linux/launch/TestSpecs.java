package io.gantry.linux.launch;

import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.security.DefaultPaths;
import io.gantry.linux.security.DefaultSeccomp;
import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A specification as a kubelet's container gets it, with what a test changes. */
final class TestSpecs {

    List<String> args = List.of("true");
    List<String> env = List.of("PATH=/bin:/usr/bin", "HOME=/root");
    String cwd = "/";
    boolean terminal;
    @Nullable ConsoleSize consoleSize;
    Process.User user = new Process.User(0, 0, List.of(), 022);
    List<String> capabilities = CapabilityNames.defaults();
    List<String> ambient = List.of();
    List<Process.Rlimit> rlimits = List.of();
    boolean noNewPrivileges;
    @Nullable Integer oomScoreAdj = 500;
    String hostname = "";
    final List<SpecMount> mounts = new ArrayList<>(defaultMounts());
    List<Namespace> namespaces =
            List.of(
                    new Namespace(NamespaceType.PID, ""),
                    new Namespace(NamespaceType.MOUNT, ""),
                    new Namespace(NamespaceType.CGROUP, ""));
    @Nullable Seccomp seccomp = DefaultSeccomp.forCapabilities(CapabilityNames.defaults());
    String rootPath = "/run/gantry/rootfs";
    boolean readonlyRoot;
    String rootfsPropagation = "";
    List<String> maskedPaths = DefaultPaths.masked();
    List<String> readonlyPaths = DefaultPaths.readonly();
    IdMappings mappings = IdMappings.NONE;
    final Map<String, String> sysctl = new TreeMap<>();
    List<LinuxSpec.DeviceNode> devices = List.of();

    static List<SpecMount> defaultMounts() {
        List<String> strict = List.of("nosuid", "noexec", "nodev");
        return List.of(
                new SpecMount("/proc", "proc", "proc", strict),
                new SpecMount(
                        "/dev",
                        "tmpfs",
                        "tmpfs",
                        List.of("nosuid", "strictatime", "mode=755", "size=65536k")),
                new SpecMount(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        List.of(
                                "nosuid",
                                "noexec",
                                "newinstance",
                                "ptmxmode=0666",
                                "mode=0620",
                                "gid=5")),
                new SpecMount("/dev/mqueue", "mqueue", "mqueue", strict),
                new SpecMount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", "ro")),
                new SpecMount(
                        "/sys/fs/cgroup",
                        "cgroup",
                        "cgroup",
                        List.of("nosuid", "noexec", "nodev", "relatime", "ro")));
    }

    TestSpecs run(String... command) {
        args = List.of(command);
        return this;
    }

    TestSpecs shell(String script) {
        return run("sh", "-c", script);
    }

    TestSpecs mount(String destination, String source, String... options) {
        mounts.add(new SpecMount(destination, "bind", source, List.of(options)));
        return this;
    }

    TestSpecs overlay(String destination, String... options) {
        mounts.add(new SpecMount(destination, "overlay", "overlay", List.of(options)));
        return this;
    }

    /** Has it join a user namespace. */
    TestSpecs in(String users, IdMappings ids) {
        mappings = ids;
        namespaces = new ArrayList<>(namespaces);
        namespaces.add(new Namespace(NamespaceType.USER, users));
        return this;
    }

    Process process() {
        Process.Capabilities sets =
                new Process.Capabilities(
                        capabilities, capabilities, ambient, capabilities, ambient);
        return new Process(
                terminal,
                consoleSize,
                user,
                args,
                env,
                cwd,
                sets,
                rlimits,
                noNewPrivileges,
                oomScoreAdj,
                "",
                "");
    }

    Spec build() {
        LinuxSpec linux =
                new LinuxSpec(
                        namespaces,
                        mappings.uids(),
                        mappings.gids(),
                        devices,
                        "/gantry-test",
                        Resources.none(),
                        seccomp,
                        rootfsPropagation,
                        maskedPaths,
                        readonlyPaths,
                        sysctl);
        Spec.Root root = new Spec.Root(rootPath, readonlyRoot);
        return new Spec(process(), root, hostname, mounts, Map.of(), linux);
    }
}
