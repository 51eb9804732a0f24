package io.gantry.cri.translate;

import io.gantry.base.IpAddress;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.engine.ContainerRequest;
import io.gantry.cri.engine.ContainerRequest.Command;
import io.gantry.cri.engine.ContainerRequest.Isolation;
import io.gantry.cri.engine.ContainerRequest.Network;
import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.ExecRequest.Open;
import io.gantry.proto.engine.Limits;
import io.gantry.proto.engine.LogsRequest;
import io.gantry.proto.engine.Mount;
import io.gantry.proto.engine.NetworkMode;
import io.gantry.proto.engine.Owner;
import io.gantry.proto.engine.TerminalSize;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.logs.LogOptions;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PortMapping;
import io.gantry.runtime.pod.PortMapping.Protocol;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What clients of Gantry's own service ask for. */
public final class EngineRequests {

    private static final long CPU_PERIOD_MICROS = 100_000;
    private static final long CPU_MILLIS = 1_000;
    private static final int MAX_PORT = 65_535;
    private static final long MIN_MEMORY_BYTES = 4L << 20;

    private EngineRequests() {}

    /** A container to make. */
    public static ContainerRequest toDomain(CreateContainerRequest proto) {
        return new ContainerRequest(
                Fields.required("image", proto.getImage()),
                proto.getName(),
                command(proto),
                new Isolation(
                        new CapabilityChanges(
                                proto.getCapAddList(), proto.getCapDropList(), List.of()),
                        proto.getPrivileged(),
                        proto.getReadonlyRootfs()),
                proto.getMountsList().stream().map(EngineRequests::mount).toList(),
                network(proto.getNetwork()),
                ips(proto),
                proto.getHostname(),
                proto.getPortsList().stream().map(EngineRequests::port).toList(),
                proto.getLabelsMap(),
                resources(proto.getLimits()),
                proto.getRemoveOnExit());
    }

    /** A command to run in a container. */
    public static ExecRequest toDomain(String container, Open proto) {
        if (proto.getCommandCount() == 0) {
            throw new InvalidArgumentException("command is missing");
        }
        proto.getEnvList().forEach(EngineRequests::env);
        return new ExecRequest(
                container,
                proto.getCommandList(),
                proto.getEnvList(),
                proto.getWorkingDir(),
                proto.getUser(),
                proto.getPrivileged(),
                proto.getTty(),
                proto.getStdin(),
                proto.hasSize() ? size(proto.getSize()) : Optional.empty());
    }

    /** The size of the client's terminal; empty when it has none that a terminal can have. */
    public static Optional<WindowSize> terminalSize(AttachRequest.Open proto) {
        return proto.hasSize() ? size(proto.getSize()) : Optional.empty();
    }

    private static Optional<WindowSize> size(TerminalSize proto) {
        return WindowSize.isOne(proto.getRows(), proto.getColumns())
                ? Optional.of(new WindowSize(proto.getRows(), proto.getColumns()))
                : Optional.empty();
    }

    /** What is wanted of a log. */
    public static LogOptions toDomain(LogsRequest proto) {
        if (proto.hasTail() && proto.getTail() < 0) {
            throw Fields.invalid("tail", proto.getTail(), "it must not be negative");
        }
        return new LogOptions(
                proto.getFollow(),
                proto.hasTail() ? proto.getTail() : -1,
                proto.getSince() == 0 ? null : Instant.EPOCH.plusNanos(proto.getSince()));
    }

    /** Whose pods are meant; null: anybody's. */
    public static @Nullable PodOwner toDomain(Owner proto) {
        return switch (proto) {
            case OWNER_GANTRY -> PodOwner.GANTRY;
            case OWNER_CRI -> PodOwner.CRI;
            case OWNER_BUILD -> PodOwner.BUILD;
            case OWNER_ANY -> null;
            case UNRECOGNIZED -> throw new InvalidArgumentException("owner is unknown");
        };
    }

    private static Command command(CreateContainerRequest proto) {
        return new Command(
                proto.getCommandList(),
                proto.getArgsList(),
                proto.getEnvList().stream().map(EngineRequests::env).toList(),
                proto.getWorkingDir(),
                proto.getUser(),
                proto.getTty(),
                stdin(proto),
                proto.getStopSignal().isEmpty() ? null : Signal.parse(proto.getStopSignal()));
    }

    private static ContainerRequest.Stdin stdin(CreateContainerRequest proto) {
        if (!proto.getStdin()) {
            return ContainerRequest.Stdin.NONE;
        }
        return proto.getStdinStays() ? ContainerRequest.Stdin.STAYS : ContainerRequest.Stdin.ONCE;
    }

    private static EnvVar env(String text) {
        int equals = text.indexOf('=');
        if (equals <= 0) {
            throw Fields.invalid("env", text, "it must be NAME=value");
        }
        return new EnvVar(text.substring(0, equals), text.substring(equals + 1));
    }

    private static ContainerMount mount(Mount proto) {
        absolute("mounts.target", proto.getTarget());
        if (!proto.getImage().isEmpty()) {
            if (!proto.getSource().isEmpty()) {
                throw Fields.invalid("mounts.source", proto.getSource(), "an image has none");
            }
            return ContainerMount.image(
                    proto.getImage(), proto.getImageSubPath(), proto.getTarget());
        }
        absolute("mounts.source", proto.getSource());
        return ContainerMount.bind(proto.getSource(), proto.getTarget(), proto.getReadonly());
    }

    private static void absolute(String field, String path) {
        if (!path.startsWith("/")) {
            throw Fields.invalid(field, path, "it must be an absolute path");
        }
        Fields.path(field, path);
    }

    private static Network network(NetworkMode proto) {
        return switch (proto) {
            case NETWORK_MODE_DEFAULT -> Network.DEFAULT;
            case NETWORK_MODE_HOST -> Network.HOST;
            case NETWORK_MODE_NONE -> Network.NONE;
            case UNRECOGNIZED -> throw new InvalidArgumentException("network is unknown");
        };
    }

    private static List<String> ips(CreateContainerRequest proto) {
        List<String> ips = new ArrayList<>();
        for (String ip : proto.getIpsList()) {
            if (proto.getNetwork() != NetworkMode.NETWORK_MODE_DEFAULT) {
                throw Fields.invalid("ips", ip, "only the network of pods gives addresses");
            }
            try {
                ips.add(IpAddress.parse(ip).getHostAddress());
            } catch (IllegalArgumentException e) {
                throw Fields.invalid("ips", ip, "it must be an IP address");
            }
        }
        return ips;
    }

    private static PortMapping port(io.gantry.proto.engine.PortMapping proto) {
        checkPort("ports.host_port", proto.getHostPort());
        checkPort("ports.container_port", proto.getContainerPort());
        Protocol protocol =
                switch (proto.getProtocol()) {
                    case "", "tcp" -> Protocol.TCP;
                    case "udp" -> Protocol.UDP;
                    case "sctp" -> Protocol.SCTP;
                    default ->
                            throw Fields.invalid(
                                    "ports.protocol",
                                    proto.getProtocol(),
                                    "it must be tcp, udp or sctp");
                };
        return new PortMapping(
                protocol, proto.getContainerPort(), proto.getHostPort(), proto.getHostIp());
    }

    private static void checkPort(String field, int port) {
        if (port < 1 || port > MAX_PORT) {
            throw Fields.invalid(field, port, "it must be between 1 and 65535");
        }
    }

    private static LinuxResources resources(Limits proto) {
        notNegative("limits.cpu_millis", proto.getCpuMillis());
        notNegative("limits.cpu_shares", proto.getCpuShares());
        notNegative("limits.memory_bytes", proto.getMemoryBytes());
        notNegative("limits.pids", proto.getPids());
        if (proto.getMemoryBytes() != 0 && proto.getMemoryBytes() < MIN_MEMORY_BYTES) {
            throw Fields.invalid(
                    "limits.memory_bytes",
                    proto.getMemoryBytes(),
                    "less than 4 MiB does not let a container start");
        }
        boolean quota = proto.getCpuMillis() > 0;
        return new LinuxResources(
                quota ? CPU_PERIOD_MICROS : 0,
                quota ? proto.getCpuMillis() * CPU_PERIOD_MICROS / CPU_MILLIS : 0,
                proto.getCpuShares(),
                proto.getMemoryBytes(),
                0,
                "",
                "",
                Map.of(),
                proto.getPids() == 0
                        ? Map.of()
                        : Map.of("pids.max", Long.toString(proto.getPids())),
                proto.getMemoryBytes());
    }

    private static void notNegative(String field, long value) {
        if (value < 0) {
            throw Fields.invalid(field, value, "it must not be negative");
        }
    }
}
