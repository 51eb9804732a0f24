package io.gantry.cri.wiring;

import io.gantry.image.manifest.ContainerDefaults;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.RootfsStore;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.bundle.ImageFiles;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.bundle.ResolvedImage;
import java.util.LinkedHashSet;
import java.util.Optional;

/** What containers need to know of the images that are here. */
final class LocalImages implements ImageResolver, ImageFiles {

    private final ImageManager images;
    private final RootfsStore rootfs;

    LocalImages(ImageManager images, RootfsStore rootfs) {
        this.images = images;
        this.rootfs = rootfs;
    }

    @Override
    public Optional<ResolvedImage> find(String nameOrId) {
        return images.find(nameOrId).map(LocalImages::resolved);
    }

    @Override
    public Optional<byte[]> read(String imageId, String path) {
        return rootfs.readFile(imageId, path);
    }

    private static ResolvedImage resolved(Image image) {
        String id = image.id().toString();
        ContainerDefaults defaults = image.config().defaults();
        return new ResolvedImage(
                id,
                image.repoDigests().stream().findFirst().orElse(id),
                new ImageConfig(
                        defaults.entrypoint(),
                        defaults.cmd(),
                        defaults.env(),
                        defaults.workingDir(),
                        defaults.user(),
                        defaults.stopSignal(),
                        new LinkedHashSet<>(defaults.volumes()),
                        defaults.labels()));
    }
}
