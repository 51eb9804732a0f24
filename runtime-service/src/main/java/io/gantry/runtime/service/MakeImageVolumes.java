package io.gantry.runtime.service;

import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnknownException;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.spec.DeclaredVolumes;
import io.gantry.runtime.spec.ImageVolumes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a container has of images besides its root: those it mounts, and directories for the
 * volumes that its own image declares. All of it goes with the root file system.
 */
final class MakeImageVolumes {

    /** Beginning of a message by which a kubelet tells this failure from others. */
    private static final String FAILED = "ImageVolumeMountFailed";

    private final ImageResolver images;
    private final RootfsProvider rootfs;

    MakeImageVolumes(ImageResolver images, RootfsProvider rootfs) {
        this.images = images;
        this.rootfs = rootfs;
    }

    /**
     * The configuration with the ids of the images that it mounts.
     *
     * @throws UnknownException when one is not here
     */
    ContainerConfig resolved(ContainerConfig config) {
        boolean any = config.mounts().stream().anyMatch(mount -> mount.image() != null);
        return any ? config.with(config.mounts().stream().map(this::resolved).toList()) : config;
    }

    private ContainerMount resolved(ContainerMount mount) {
        ImageSpec image = mount.image();
        if (image == null) {
            return mount;
        }
        return images.find(image.image())
                .map(found -> mount.with(image.found(found.imageId())))
                .orElseThrow(
                        () ->
                                failed(
                                        mount,
                                        "image " + image.image() + " is not here; pull it first",
                                        null));
    }

    /** Makes them, once the root file system is there. */
    ImageVolumes make(Container container, ResolvedImage image) throws IOException {
        List<ContainerMount> mounts = container.config().mounts();
        Map<ContainerMount, SpecMount> shown = new LinkedHashMap<>();
        for (ContainerMount mount : mounts) {
            ImageSpec of = mount.image();
            if (of != null) {
                shown.put(mount, view(container, mount, of));
            }
        }
        Map<String, Path> declared = new LinkedHashMap<>();
        for (String path : DeclaredVolumes.of(image.config().volumes(), mounts)) {
            declared.put(path, rootfs.volume(container.id(), path));
        }
        return shown.isEmpty() && declared.isEmpty()
                ? ImageVolumes.NONE
                : new ImageVolumes(shown, declared);
    }

    private SpecMount view(Container container, ContainerMount mount, ImageSpec image) {
        try {
            return rootfs.view(container.id(), image.imageRef(), mount.imageSubPath());
        } catch (ServiceException | IOException e) {
            throw failed(mount, String.valueOf(e.getMessage()), e);
        }
    }

    private static UnknownException failed(
            ContainerMount mount, String why, @Nullable Exception cause) {
        return new UnknownException(
                FAILED + ": volume " + mount.containerPath() + ": " + why, cause);
    }
}
