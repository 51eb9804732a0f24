package io.gantry.runtime.pod;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks a pod to be (CRI {@code PodSandboxConfig} with its Linux part).
 *
 * @param hostname empty: chosen by the runtime
 * @param logDirectory where logs of containers go; empty: no logs
 * @param dns null: the host's resolv.conf; otherwise exactly this, even when empty
 * @param cgroupParent parent of the pod's cgroups; empty: the runtime's default
 * @param sysctls kernel parameters of the pod's namespaces
 * @param overhead of the pod beyond its containers
 * @param resources sums over the containers
 */
public record PodSandboxConfig(
        PodSandboxMetadata metadata,
        String hostname,
        String logDirectory,
        @Nullable DnsConfig dns,
        List<PortMapping> portMappings,
        Map<String, String> labels,
        Map<String, String> annotations,
        String cgroupParent,
        SandboxSecurity security,
        Map<String, String> sysctls,
        LinuxResources overhead,
        LinuxResources resources) {

    public PodSandboxConfig {
        portMappings = List.copyOf(portMappings);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
        sysctls = Collections.unmodifiableMap(new LinkedHashMap<>(sysctls));
    }

    /** The same with other sums. */
    public PodSandboxConfig with(LinuxResources otherOverhead, LinuxResources otherResources) {
        return new PodSandboxConfig(
                metadata,
                hostname,
                logDirectory,
                dns,
                portMappings,
                labels,
                annotations,
                cgroupParent,
                security,
                sysctls,
                otherOverhead,
                otherResources);
    }

    /** A pod of which only the name matters; everything else is the CRI's default. */
    public static PodSandboxConfig of(PodSandboxMetadata metadata) {
        return new PodSandboxConfig(
                metadata,
                "",
                "",
                null,
                List.of(),
                Map.of(),
                Map.of(),
                "",
                SandboxSecurity.defaults(),
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }

    /** The namespaces of the pod. */
    public NamespaceOptions namespaces() {
        return security.namespaces();
    }
}
