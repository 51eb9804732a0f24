package io.gantry.cri.translate;

import io.gantry.proto.engine.Container;
import io.gantry.proto.engine.ContainerState;
import io.gantry.proto.engine.Exec;
import io.gantry.proto.engine.Exit;
import io.gantry.proto.engine.Owner;
import io.gantry.proto.engine.Pod;
import io.gantry.proto.engine.PortMapping;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What clients of Gantry's own service are told. */
public final class EngineResponses {

    private EngineResponses() {}

    /** A container of any owner. */
    public static Container toProto(
            io.gantry.runtime.container.Container container, PodSandbox pod) {
        ContainerConfig config = container.config();
        ContainerStatus status = container.status();
        boolean own = pod.owner() == PodOwner.GANTRY;
        Container.Builder proto =
                Container.newBuilder()
                        .setId(container.id().value())
                        .setName(config.metadata().name())
                        .setPodId(pod.id().value())
                        .setPodName(pod.metadata().name())
                        .setPodNamespace(own ? "" : pod.metadata().namespace())
                        .setOwner(owner(pod.owner()))
                        .setImage(image(config))
                        .setImageId(container.imageId())
                        .addAllCommand(command(config))
                        .setState(state(container.state()))
                        .setCreatedAt(Fields.nanos(container.createdAt()))
                        .setStartedAt(Fields.nanos(status.startedAt()))
                        .setFinishedAt(Fields.nanos(status.finishedAt()))
                        .setPid(status.pid())
                        .putAllLabels(config.labels())
                        .addAllIps(pod.status().network().ips())
                        .setAttempt(config.metadata().attempt());
        if (container.state() == io.gantry.runtime.container.ContainerState.EXITED) {
            proto.setExit(exit(status));
        }
        pod.config().portMappings().forEach(mapping -> proto.addPorts(port(mapping)));
        return proto.build();
    }

    /** A pod of any owner. */
    public static Pod toProto(PodSandbox pod, int containers) {
        boolean own = pod.owner() == PodOwner.GANTRY;
        return Pod.newBuilder()
                .setId(pod.id().value())
                .setName(pod.metadata().name())
                .setPodNamespace(own ? "" : pod.metadata().namespace())
                .setUid(pod.metadata().uid())
                .setAttempt(pod.metadata().attempt())
                .setOwner(owner(pod.owner()))
                .setReady(pod.isReady())
                .setCreatedAt(Fields.nanos(pod.createdAt()))
                .addAllIps(pod.status().network().ips())
                .setRuntimeHandler(pod.runtimeHandler())
                .putAllLabels(pod.config().labels())
                .setContainers(containers)
                .build();
    }

    /** How a container ended. */
    public static Exit exit(ContainerStatus status) {
        return Exit.newBuilder()
                .setCode(status.exitCode())
                .setReason(status.reason())
                .setMessage(status.message())
                .build();
    }

    /** How a command ended. */
    public static Exit exit(int code) {
        return Exit.newBuilder()
                .setCode(code)
                .setReason(code == 0 ? ContainerStatus.COMPLETED : ContainerStatus.ERROR)
                .build();
    }

    /** A command that runs in a container. */
    public static Exec toProto(ExecInfo exec) {
        return Exec.newBuilder()
                .setId(exec.id())
                .setPid(exec.pid())
                .setStartedAt(Fields.nanos(exec.startedAt()))
                .build();
    }

    private static String image(ContainerConfig config) {
        String asWritten = config.image().userSpecifiedImage();
        return asWritten.isEmpty() ? config.image().image() : asWritten;
    }

    private static List<String> command(ContainerConfig config) {
        List<String> command = new ArrayList<>(config.command());
        command.addAll(config.args());
        return command;
    }

    private static Owner owner(PodOwner owner) {
        return switch (owner) {
            case CRI -> Owner.OWNER_CRI;
            case GANTRY -> Owner.OWNER_GANTRY;
            case BUILD -> Owner.OWNER_BUILD;
        };
    }

    private static ContainerState state(io.gantry.runtime.container.ContainerState state) {
        return switch (state) {
            case CREATING, CREATED -> ContainerState.CONTAINER_STATE_CREATED;
            case RUNNING -> ContainerState.CONTAINER_STATE_RUNNING;
            case EXITED -> ContainerState.CONTAINER_STATE_EXITED;
        };
    }

    private static PortMapping port(io.gantry.runtime.pod.PortMapping mapping) {
        return PortMapping.newBuilder()
                .setHostIp(mapping.hostIp())
                .setHostPort(mapping.hostPort())
                .setContainerPort(mapping.containerPort())
                .setProtocol(mapping.protocol().name().toLowerCase(Locale.ROOT))
                .build();
    }
}
