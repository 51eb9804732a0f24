package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.build.api.Content;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.util.Optional;

/** Base images as they are here, pulled where they are not. */
final class StoredBases implements BaseImages {

    private final ImageManager images;
    private final PullImage.Stores stores;

    StoredBases(ImageManager images, PullImage.Stores stores) {
        this.images = images;
        this.stores = stores;
    }

    @Override
    public Base get(
            ImageReference reference,
            Platform platform,
            boolean pull,
            ClientOffers offers,
            Deadline deadline) {
        Optional<Image> here =
                pull
                        ? Optional.empty()
                        : images.find(reference.toString()).filter(it -> serves(it, platform));
        Image image =
                here.orElseGet(
                        () ->
                                images.pull(
                                        new PullOrder(
                                                reference,
                                                platform,
                                                offers.login(reference, deadline)),
                                        PullListener.NONE,
                                        deadline));
        if (!image.artifactType().isEmpty()) {
            throw new FailedPreconditionException(
                    reference + " is no container image: nothing can be built on it");
        }
        return base(image);
    }

    private static boolean serves(Image image, Platform platform) {
        Platform of = image.config().platform();
        return of.os().equals(platform.os())
                && of.architecture().equals(platform.architecture())
                && (platform.variant().isEmpty() || platform.variant().equals(of.variant()));
    }

    private Base base(Image image) {
        try {
            byte[] config = stores.content().read(image.id(), ImageConfig.MAX_BYTES);
            return new Base(
                    image.manifestDigest(),
                    Content.of(config),
                    stores.catalog().manifest(image).layers(),
                    image.config().diffIds(),
                    image.layers());
        } catch (IOException e) {
            throw Failures.of("read image " + image.id(), e);
        }
    }
}
