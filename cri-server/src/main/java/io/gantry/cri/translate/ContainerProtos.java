package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.CDIDevice;
import io.gantry.proto.cri.Device;
import io.gantry.proto.cri.KeyValue;
import io.gantry.proto.cri.LinuxContainerConfig;
import io.gantry.proto.cri.LinuxContainerUser;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerDevice;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerMetadata;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.pod.PodOwner;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Containers. */
public final class ContainerProtos {

    private ContainerProtos() {}

    /** What CreateContainer asks for. */
    public static ContainerConfig toDomain(io.gantry.proto.cri.ContainerConfig proto) {
        if (!proto.hasMetadata()) {
            throw new InvalidArgumentException("config.metadata is missing");
        }
        Fields.required("config.metadata.name", proto.getMetadata().getName());
        Fields.required("config.image.image", proto.getImage().getImage());
        LinuxContainerConfig linux = proto.getLinux();
        return new ContainerConfig(
                new ContainerMetadata(
                        proto.getMetadata().getName(), proto.getMetadata().getAttempt()),
                ImageProtos.toDomain(proto.getImage()),
                proto.getCommandList(),
                proto.getArgsList(),
                proto.getWorkingDir(),
                proto.getEnvsList().stream().map(ContainerProtos::env).toList(),
                mounts(proto),
                proto.getDevicesList().stream().map(ContainerProtos::device).toList(),
                proto.getLabelsMap(),
                proto.getAnnotationsMap(),
                Fields.path("config.log_path", proto.getLogPath()),
                proto.getStdin(),
                proto.getStdinOnce(),
                proto.getTty(),
                ResourceProtos.toDomain("config.linux.resources", linux.getResources()),
                SecurityProtos.toDomain(
                        "config.linux.security_context", linux.getSecurityContext()),
                proto.getCDIDevicesList().stream().map(CDIDevice::getName).toList(),
                SignalProtos.toDomain("config.stop_signal", proto.getStopSignal()));
    }

    /** Which containers of the CRI are wanted. */
    public static ContainerFilter toDomain(io.gantry.proto.cri.ContainerFilter proto) {
        return new ContainerFilter(
                PodOwner.CRI,
                proto.getId(),
                proto.getPodSandboxId(),
                proto.hasState() ? state(proto.getState().getState()) : null,
                proto.getLabelSelectorMap());
    }

    /** Whether no container can be in the state that is asked for. */
    public static boolean matchesNothing(io.gantry.proto.cri.ContainerFilter proto) {
        return proto.hasState()
                && proto.getState().getState()
                        == io.gantry.proto.cri.ContainerState.CONTAINER_UNKNOWN;
    }

    /** A container as lists show it. */
    public static io.gantry.proto.cri.Container toProto(Container container) {
        ContainerConfig config = container.config();
        return io.gantry.proto.cri.Container.newBuilder()
                .setId(container.id().value())
                .setPodSandboxId(container.podSandboxId().value())
                .setMetadata(toProto(config.metadata()))
                .setImage(ImageProtos.toProto(config.image()))
                .setImageRef(container.imageRef())
                .setImageId(container.imageId())
                .setState(toProto(container.state()))
                .setCreatedAt(Fields.nanos(container.createdAt()))
                .putAllLabels(config.labels())
                .putAllAnnotations(config.annotations())
                .build();
    }

    /** A container with all that its status has. */
    public static io.gantry.proto.cri.ContainerStatus toStatus(Container container) {
        ContainerConfig config = container.config();
        ContainerStatus status = container.status();
        io.gantry.proto.cri.ContainerStatus.Builder proto =
                io.gantry.proto.cri.ContainerStatus.newBuilder()
                        .setId(container.id().value())
                        .setMetadata(toProto(config.metadata()))
                        .setState(toProto(container.state()))
                        .setCreatedAt(Fields.nanos(container.createdAt()))
                        .setStartedAt(Fields.nanos(status.startedAt()))
                        .setFinishedAt(Fields.nanos(status.finishedAt()))
                        .setExitCode(status.exitCode())
                        .setImage(ImageProtos.toProto(config.image()))
                        .setImageRef(container.imageRef())
                        .setImageId(container.imageId())
                        .setReason(status.reason())
                        .setMessage(status.message())
                        .putAllLabels(config.labels())
                        .putAllAnnotations(config.annotations())
                        .setLogPath(container.logFile())
                        .setResources(ResourceProtos.toProto(container.resources()))
                        .setUser(user(container.user()))
                        .setStopSignal(SignalProtos.toProto(container.stopSignal()));
        config.mounts().forEach(mount -> proto.addMounts(MountProtos.toProto(mount)));
        return proto.build();
    }

    private static List<ContainerMount> mounts(io.gantry.proto.cri.ContainerConfig proto) {
        List<ContainerMount> mounts = new ArrayList<>();
        for (int i = 0; i < proto.getMountsCount(); i++) {
            mounts.add(MountProtos.toDomain("config.mounts[" + i + "]", proto.getMounts(i)));
        }
        return mounts;
    }

    private static EnvVar env(KeyValue proto) {
        String name = Fields.required("config.envs.key", proto.getKey());
        if (name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
            throw Fields.invalid("config.envs.key", name, "a name has neither '=' nor NUL");
        }
        if (!proto.getValue().isValidUtf8()) {
            throw Fields.invalid("config.envs.key", name, "its value is not UTF-8");
        }
        return new EnvVar(name, proto.getValue().toStringUtf8());
    }

    private static ContainerDevice device(Device proto) {
        String permissions = proto.getPermissions();
        if (!permissions.chars().allMatch(c -> c == 'r' || c == 'w' || c == 'm')) {
            throw Fields.invalid(
                    "config.devices.permissions", permissions, "it must be made of r, w and m");
        }
        return new ContainerDevice(
                Fields.required("config.devices.host_path", proto.getHostPath()),
                Fields.path(
                        "config.devices.container_path",
                        Fields.required("config.devices.container_path", proto.getContainerPath())),
                permissions);
    }

    private static io.gantry.proto.cri.ContainerUser user(ContainerUser user) {
        return io.gantry.proto.cri.ContainerUser.newBuilder()
                .setLinux(
                        LinuxContainerUser.newBuilder()
                                .setUid(user.uid())
                                .setGid(user.gid())
                                .addAllSupplementalGroups(user.supplementalGroups()))
                .build();
    }

    private static io.gantry.proto.cri.ContainerMetadata toProto(ContainerMetadata metadata) {
        return io.gantry.proto.cri.ContainerMetadata.newBuilder()
                .setName(metadata.name())
                .setAttempt(metadata.attempt())
                .build();
    }

    private static @Nullable ContainerState state(io.gantry.proto.cri.ContainerState proto) {
        return switch (proto) {
            case CONTAINER_CREATED -> ContainerState.CREATED;
            case CONTAINER_RUNNING -> ContainerState.RUNNING;
            case CONTAINER_EXITED -> ContainerState.EXITED;
            case CONTAINER_UNKNOWN -> null;
            case UNRECOGNIZED ->
                    throw new InvalidArgumentException("filter.state.state is unknown");
        };
    }

    private static io.gantry.proto.cri.ContainerState toProto(ContainerState state) {
        return switch (state) {
            case CREATING, CREATED -> io.gantry.proto.cri.ContainerState.CONTAINER_CREATED;
            case RUNNING -> io.gantry.proto.cri.ContainerState.CONTAINER_RUNNING;
            case EXITED -> io.gantry.proto.cri.ContainerState.CONTAINER_EXITED;
        };
    }
}
