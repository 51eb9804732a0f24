package io.gantry.cri.translate;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.Mount;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.container.MountPropagation;

/** Volumes of containers. */
final class MountProtos {

    private MountProtos() {}

    static ContainerMount toDomain(String field, Mount proto) {
        String target = Fields.required(field + ".container_path", proto.getContainerPath());
        Fields.path(field + ".container_path", target);
        boolean image = proto.hasImage() && !proto.getImage().getImage().isEmpty();
        if (image) {
            checkImageVolume(field, proto);
        } else {
            Fields.required(field + ".host_path", proto.getHostPath());
        }
        checkRecursiveReadOnly(field, proto);
        return new ContainerMount(
                target,
                proto.getHostPath(),
                proto.getReadonly(),
                proto.getRecursiveReadOnly(),
                proto.getSelinuxRelabel(),
                propagation(field, proto.getPropagation()),
                SecurityProtos.mappings(proto.getUidMappingsList()),
                SecurityProtos.mappings(proto.getGidMappingsList()),
                image ? ImageProtos.toDomain(proto.getImage()) : null,
                proto.getImageSubPath(),
                proto.getMountOptionsList());
    }

    /** The mount as it was asked for, which the kubelet looks for in the status. */
    static Mount toProto(ContainerMount mount) {
        Mount.Builder proto =
                Mount.newBuilder()
                        .setContainerPath(mount.containerPath())
                        .setHostPath(mount.hostPath())
                        .setReadonly(mount.readonly())
                        .setRecursiveReadOnly(mount.recursiveReadonly())
                        .setSelinuxRelabel(mount.selinuxRelabel())
                        .setPropagation(toProto(mount.propagation()))
                        .addAllUidMappings(SecurityProtos.toProto(mount.uidMappings()))
                        .addAllGidMappings(SecurityProtos.toProto(mount.gidMappings()))
                        .setImageSubPath(mount.imageSubPath())
                        .addAllMountOptions(mount.mountOptions());
        ImageSpec image = mount.image();
        return (image == null ? proto : proto.setImage(ImageProtos.toProto(image))).build();
    }

    private static void checkImageVolume(String field, Mount proto) {
        if (!proto.getHostPath().isEmpty()) {
            throw Fields.invalid(
                    field + ".host_path", proto.getHostPath(), "an image volume has none");
        }
        if (!proto.getReadonly()) {
            throw new InvalidArgumentException(
                    field + ".readonly is false: an image volume must be read-only");
        }
    }

    private static void checkRecursiveReadOnly(String field, Mount proto) {
        if (!proto.getRecursiveReadOnly()) {
            return;
        }
        if (!proto.getReadonly()) {
            throw new InvalidArgumentException(
                    field + ".recursive_read_only is set without readonly");
        }
        if (proto.getPropagation() != io.gantry.proto.cri.MountPropagation.PROPAGATION_PRIVATE) {
            throw new InvalidArgumentException(
                    field
                            + ".recursive_read_only needs private propagation, got "
                            + proto.getPropagation());
        }
    }

    private static MountPropagation propagation(
            String field, io.gantry.proto.cri.MountPropagation proto) {
        return switch (proto) {
            case PROPAGATION_PRIVATE -> MountPropagation.PRIVATE;
            case PROPAGATION_HOST_TO_CONTAINER -> MountPropagation.HOST_TO_CONTAINER;
            case PROPAGATION_BIDIRECTIONAL -> MountPropagation.BIDIRECTIONAL;
            case UNRECOGNIZED ->
                    throw new InvalidArgumentException(field + ".propagation is unknown");
        };
    }

    private static io.gantry.proto.cri.MountPropagation toProto(MountPropagation propagation) {
        return switch (propagation) {
            case PRIVATE -> io.gantry.proto.cri.MountPropagation.PROPAGATION_PRIVATE;
            case HOST_TO_CONTAINER ->
                    io.gantry.proto.cri.MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
            case BIDIRECTIONAL -> io.gantry.proto.cri.MountPropagation.PROPAGATION_BIDIRECTIONAL;
        };
    }
}
