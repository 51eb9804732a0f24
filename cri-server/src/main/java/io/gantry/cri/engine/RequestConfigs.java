package io.gantry.cri.engine;

import io.gantry.cri.engine.ContainerRequest.Command;
import io.gantry.cri.engine.ContainerRequest.Isolation;
import io.gantry.cri.engine.ContainerRequest.Network;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerMetadata;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes a pod and its container out of a request, with what a kubelet would have filled in. */
final class RequestConfigs {

    static final String NAMESPACE = "gantry";
    static final String LOG_NAME = "container.log";

    private static final Pattern NUMERIC_USER = Pattern.compile("(\\d{1,10})(?::(\\d{1,10}))?");

    /** What of /proc and /sys tells too much of the host; the kubelet's list. */
    private static final List<String> MASKED =
            List.of(
                    "/proc/asound",
                    "/proc/acpi",
                    "/proc/interrupts",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/sys/firmware",
                    "/sys/devices/virtual/powercap");

    private static final List<String> READONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private RequestConfigs() {}

    static PodSandboxConfig pod(ContainerRequest request, String name, String uid, Path logs) {
        return new PodSandboxConfig(
                new PodSandboxMetadata(name, uid, NAMESPACE, 0),
                request.hostname(),
                logs.toString(),
                null,
                request.ports(),
                request.labels(),
                annotations(request),
                "",
                podSecurity(request),
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }

    static ContainerConfig container(ContainerRequest request, String name) {
        Command command = request.command();
        return new ContainerConfig(
                new ContainerMetadata(name, 0),
                ImageSpec.of(request.image()),
                command.entrypoint(),
                command.args(),
                command.workingDir(),
                command.env(),
                request.mounts(),
                List.of(),
                request.labels(),
                annotations(request),
                LOG_NAME,
                command.stdin() != ContainerRequest.Stdin.NONE,
                command.stdin() != ContainerRequest.Stdin.STAYS,
                command.tty(),
                request.resources(),
                security(request.isolation(), command.user(), namespaces(request)),
                List.of(),
                command.stopSignal());
    }

    private static Map<String, String> annotations(ContainerRequest request) {
        Map<String, String> annotations = new LinkedHashMap<>();
        if (request.removeOnExit()) {
            annotations.put(EngineAnnotations.REMOVE_ON_EXIT, "true");
        }
        if (request.network() == Network.NONE) {
            annotations.put(EngineAnnotations.NETWORK, EngineAnnotations.NETWORK_NONE);
        }
        if (!request.ips().isEmpty()) {
            annotations.put(EngineAnnotations.IPS, String.join(",", request.ips()));
        }
        return annotations;
    }

    private static NamespaceOptions namespaces(ContainerRequest request) {
        return new NamespaceOptions(
                request.network() == Network.HOST ? NamespaceMode.NODE : NamespaceMode.POD,
                NamespaceMode.CONTAINER,
                NamespaceMode.POD,
                "",
                null);
    }

    private static SandboxSecurity podSecurity(ContainerRequest request) {
        return new SandboxSecurity(
                namespaces(request),
                SelinuxOptions.none(),
                null,
                null,
                false,
                List.of(),
                SupplementalGroupsPolicy.MERGE,
                request.isolation().privileged(),
                SecurityProfile.runtimeDefault(),
                null);
    }

    private static ContainerSecurity security(
            Isolation isolation, String user, NamespaceOptions namespaces) {
        boolean privileged = isolation.privileged();
        Matcher numeric = NUMERIC_USER.matcher(user);
        boolean byNumber = numeric.matches();
        return new ContainerSecurity(
                isolation.capabilities(),
                privileged,
                namespaces,
                SelinuxOptions.none(),
                byNumber ? Long.valueOf(numeric.group(1)) : null,
                byNumber ? group(numeric) : null,
                byNumber ? "" : user,
                isolation.readonlyRootfs(),
                List.of(),
                SupplementalGroupsPolicy.MERGE,
                false,
                privileged ? List.of() : MASKED,
                privileged ? List.of() : READONLY,
                privileged ? SecurityProfile.unconfined() : SecurityProfile.runtimeDefault(),
                null);
    }

    private static @Nullable Long group(Matcher numeric) {
        String group = numeric.group(2);
        return group == null ? null : Long.valueOf(group);
    }
}
