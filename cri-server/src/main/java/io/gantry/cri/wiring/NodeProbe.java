package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.NodeFacts;
import io.gantry.cri.config.NodeFacts.ControlGroups;
import io.gantry.cri.config.NodeFacts.CriFeatures;
import io.gantry.cri.config.NodeFacts.Feature;
import io.gantry.linux.cgroup.CgroupDriver;
import io.gantry.linux.syscall.KernelFeatures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Finds out what the node is, from files that every Linux has. */
final class NodeProbe {

    private static final long KIB = 1024;

    private NodeProbe() {}

    static NodeFacts probe(String version, KernelFeatures kernel, CgroupDriver driver, Clock clock)
            throws IOException {
        boolean v2 = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
        Instant now = clock.now();
        return new NodeFacts(
                version,
                Runtime.version().toString(),
                kernel.release(),
                architecture(System.getProperty("os.arch", "unknown")),
                operatingSystem(Path.of("/etc/os-release")),
                Runtime.getRuntime().availableProcessors(),
                memory(Files.readAllLines(Path.of("/proc/meminfo"))),
                new ControlGroups(v2 ? "v2" : "v1", driver.name().toLowerCase(Locale.ROOT)),
                TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano(),
                new CriFeatures(kernel.mountSetattr(), kernel.userNamespaces(), true),
                features(kernel, v2));
    }

    /** As OCI images name it. */
    static String architecture(String javaName) {
        return switch (javaName) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> javaName;
        };
    }

    /** Total memory in bytes, of lines as in proc_meminfo(5). */
    static long memory(List<String> meminfo) {
        return meminfo.stream()
                .filter(line -> line.startsWith("MemTotal:"))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .filter(Predicate.not(String::isEmpty))
                .mapToLong(digits -> Long.parseLong(digits) * KIB)
                .findFirst()
                .orElse(0);
    }

    /** PRETTY_NAME of os-release(5). */
    static String operatingSystem(Path file) throws IOException {
        if (!Files.exists(file)) {
            return "Linux";
        }
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("PRETTY_NAME="))
                .map(line -> line.substring(line.indexOf('=') + 1).replace("\"", ""))
                .findFirst()
                .orElse("Linux");
    }

    private static List<Feature> features(KernelFeatures kernel, boolean v2) {
        return List.of(
                new Feature(
                        "cgroup v2", v2, v2 ? "" : "this node has the hierarchies of cgroup v1"),
                feature(
                        "user namespaces",
                        kernel.userNamespaces(),
                        "need kernel 5.19 and user.max_user_namespaces above 0"),
                feature("seccomp", kernel.seccomp(), "the kernel is built without it"),
                feature("overlayfs", kernel.overlay(), "its module is not loaded"),
                feature("recursive read-only", kernel.mountSetattr(), "needs kernel 5.12"),
                feature("cgroup namespaces", kernel.cgroupNamespaces(), "not in this kernel"),
                feature("apparmor", kernel.apparmor(), "off"),
                feature("selinux", kernel.selinux(), "off"));
    }

    private static Feature feature(String name, boolean available, String otherwise) {
        return new Feature(name, available, available ? "" : otherwise);
    }
}
