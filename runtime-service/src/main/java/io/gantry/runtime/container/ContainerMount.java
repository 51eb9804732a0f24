package io.gantry.runtime.container;

import io.gantry.linux.spec.LinuxSpec.IdMapping;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A volume of a container (CRI {@code Mount}).
 *
 * @param hostPath empty when the source is an image
 * @param image image volume; null: the source is hostPath
 * @param imageSubPath directory in the image; empty: its root
 * @param mountOptions as noexec, nodev, nosuid
 */
public record ContainerMount(
        String containerPath,
        String hostPath,
        boolean readonly,
        boolean recursiveReadonly,
        boolean selinuxRelabel,
        MountPropagation propagation,
        List<IdMapping> uidMappings,
        List<IdMapping> gidMappings,
        @Nullable ImageSpec image,
        String imageSubPath,
        List<String> mountOptions) {

    public ContainerMount {
        uidMappings = List.copyOf(uidMappings);
        gidMappings = List.copyOf(gidMappings);
        mountOptions = List.copyOf(mountOptions);
    }

    /** The same of another image. */
    public ContainerMount with(ImageSpec of) {
        return new ContainerMount(
                containerPath,
                hostPath,
                readonly,
                recursiveReadonly,
                selinuxRelabel,
                propagation,
                uidMappings,
                gidMappings,
                of,
                imageSubPath,
                mountOptions);
    }

    /** An image, or a directory of it. */
    public static ContainerMount image(String image, String subPath, String containerPath) {
        return new ContainerMount(
                containerPath,
                "",
                true,
                false,
                false,
                MountPropagation.PRIVATE,
                List.of(),
                List.of(),
                ImageSpec.of(image),
                subPath,
                List.of());
    }

    /** A private bind mount of a path of the host. */
    public static ContainerMount bind(String hostPath, String containerPath, boolean readonly) {
        return new ContainerMount(
                containerPath,
                hostPath,
                readonly,
                false,
                false,
                MountPropagation.PRIVATE,
                List.of(),
                List.of(),
                null,
                "",
                List.of());
    }
}
