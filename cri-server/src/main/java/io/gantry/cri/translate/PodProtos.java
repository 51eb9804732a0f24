package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.DNSConfig;
import io.gantry.proto.cri.LinuxPodSandboxConfig;
import io.gantry.proto.cri.LinuxPodSandboxStatus;
import io.gantry.proto.cri.Namespace;
import io.gantry.proto.cri.PodIP;
import io.gantry.proto.cri.PodSandboxNetworkStatus;
import io.gantry.runtime.pod.DnsConfig;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.pod.PortMapping;
import io.gantry.runtime.pod.PortMapping.Protocol;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sandboxes. */
public final class PodProtos {

    private static final int MAX_PORT = 65_535;

    private PodProtos() {}

    /** What RunPodSandbox asks for. */
    public static PodSandboxConfig toDomain(io.gantry.proto.cri.PodSandboxConfig proto) {
        if (!proto.hasMetadata()) {
            throw new InvalidArgumentException("config.metadata is missing");
        }
        LinuxPodSandboxConfig linux = proto.getLinux();
        return new PodSandboxConfig(
                metadata(proto.getMetadata()),
                proto.getHostname(),
                Fields.path("config.log_directory", proto.getLogDirectory()),
                proto.hasDnsConfig() ? dns(proto.getDnsConfig()) : null,
                proto.getPortMappingsList().stream().map(PodProtos::portMapping).toList(),
                proto.getLabelsMap(),
                proto.getAnnotationsMap(),
                linux.getCgroupParent(),
                SecurityProtos.toDomain(
                        "config.linux.security_context", linux.getSecurityContext()),
                linux.getSysctlsMap(),
                ResourceProtos.toDomain("config.linux.overhead", linux.getOverhead()),
                ResourceProtos.toDomain("config.linux.resources", linux.getResources()));
    }

    /** A moment as the CRI counts it: Unix nanoseconds. */
    public static long nanos(Instant at) {
        return Fields.nanos(at);
    }

    /** Which sandboxes of the CRI are wanted. */
    public static PodSandboxFilter toDomain(io.gantry.proto.cri.PodSandboxFilter proto) {
        return new PodSandboxFilter(
                PodOwner.CRI,
                proto.getId(),
                proto.hasState() ? state(proto.getState().getState()) : null,
                proto.getLabelSelectorMap());
    }

    /** A sandbox as lists show it. */
    public static io.gantry.proto.cri.PodSandbox toProto(PodSandbox pod) {
        return io.gantry.proto.cri.PodSandbox.newBuilder()
                .setId(pod.id().value())
                .setMetadata(toProto(pod.metadata()))
                .setState(toProto(pod.state()))
                .setCreatedAt(Fields.nanos(pod.createdAt()))
                .putAllLabels(pod.config().labels())
                .putAllAnnotations(pod.config().annotations())
                .setRuntimeHandler(pod.runtimeHandler())
                .build();
    }

    /** A sandbox with all that its status has. */
    public static io.gantry.proto.cri.PodSandboxStatus toStatus(PodSandbox pod) {
        return io.gantry.proto.cri.PodSandboxStatus.newBuilder()
                .setId(pod.id().value())
                .setMetadata(toProto(pod.metadata()))
                .setState(toProto(pod.state()))
                .setCreatedAt(Fields.nanos(pod.createdAt()))
                .setNetwork(network(pod))
                .setLinux(
                        LinuxPodSandboxStatus.newBuilder()
                                .setNamespaces(
                                        Namespace.newBuilder()
                                                .setOptions(
                                                        SecurityProtos.toProto(
                                                                pod.config().namespaces()))))
                .putAllLabels(pod.config().labels())
                .putAllAnnotations(pod.config().annotations())
                .setRuntimeHandler(pod.runtimeHandler())
                .build();
    }

    private static PodSandboxNetworkStatus network(PodSandbox pod) {
        List<String> ips = pod.status().network().ips();
        PodSandboxNetworkStatus.Builder proto = PodSandboxNetworkStatus.newBuilder();
        if (!ips.isEmpty() && !pod.config().namespaces().hostNetwork()) {
            proto.setIp(ips.getFirst());
            ips.stream().skip(1).forEach(ip -> proto.addAdditionalIps(podIp(ip)));
        }
        return proto.build();
    }

    private static PodIP podIp(String ip) {
        return PodIP.newBuilder().setIp(ip).build();
    }

    private static PodSandboxMetadata metadata(io.gantry.proto.cri.PodSandboxMetadata proto) {
        return new PodSandboxMetadata(
                Fields.required("config.metadata.name", proto.getName()),
                Fields.required("config.metadata.uid", proto.getUid()),
                Fields.required("config.metadata.namespace", proto.getNamespace()),
                proto.getAttempt());
    }

    private static io.gantry.proto.cri.PodSandboxMetadata toProto(PodSandboxMetadata metadata) {
        return io.gantry.proto.cri.PodSandboxMetadata.newBuilder()
                .setName(metadata.name())
                .setUid(metadata.uid())
                .setNamespace(metadata.namespace())
                .setAttempt(metadata.attempt())
                .build();
    }

    private static DnsConfig dns(DNSConfig proto) {
        return new DnsConfig(
                proto.getServersList(), proto.getSearchesList(), proto.getOptionsList());
    }

    private static PortMapping portMapping(io.gantry.proto.cri.PortMapping proto) {
        checkPort("config.port_mappings.container_port", proto.getContainerPort());
        checkPort("config.port_mappings.host_port", proto.getHostPort());
        return new PortMapping(
                protocol(proto.getProtocol()),
                proto.getContainerPort(),
                proto.getHostPort(),
                proto.getHostIp());
    }

    private static Protocol protocol(io.gantry.proto.cri.Protocol proto) {
        return switch (proto) {
            case TCP -> Protocol.TCP;
            case UDP -> Protocol.UDP;
            case SCTP -> Protocol.SCTP;
            case UNRECOGNIZED ->
                    throw new InvalidArgumentException("config.port_mappings.protocol is unknown");
        };
    }

    private static void checkPort(String field, int port) {
        if (port < 0 || port > MAX_PORT) {
            throw Fields.invalid(field, port, "it must be between 0 and 65535");
        }
    }

    private static @Nullable PodSandboxState state(io.gantry.proto.cri.PodSandboxState proto) {
        return switch (proto) {
            case SANDBOX_READY -> PodSandboxState.READY;
            case SANDBOX_NOTREADY -> PodSandboxState.NOTREADY;
            case UNRECOGNIZED ->
                    throw new InvalidArgumentException("filter.state.state is unknown");
        };
    }

    private static io.gantry.proto.cri.PodSandboxState toProto(PodSandboxState state) {
        return switch (state) {
            case READY -> io.gantry.proto.cri.PodSandboxState.SANDBOX_READY;
            case CREATING, NOTREADY -> io.gantry.proto.cri.PodSandboxState.SANDBOX_NOTREADY;
        };
    }
}
