package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.Platform;
import io.gantry.image.metadata.BuildTables;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.PullOrder.Naming;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Base images as they are here, pulled where they are not. One for another platform than this
 * node's leaves the name to the image that the node itself would run, which a kubelet may be about
 * to start.
 */
final class StoredBases implements BaseImages {

    private final ImageManager images;
    private final PullImage.Stores stores;
    private final BuildTables tables;
    private final LayoutBases layouts;

    StoredBases(
            ImageManager images, PullImage.Stores stores, BuildTables tables, LayoutBases layouts) {
        this.images = images;
        this.stores = stores;
        this.tables = tables;
        this.layouts = layouts;
    }

    @Override
    public Optional<Base> find(ImageReference reference, Platform platform) {
        return here(reference, platform)
                .or(
                        () ->
                                images.find(reference.toString())
                                        .filter(it -> it.repoDigests().isEmpty()))
                .filter(it -> it.artifactType().isEmpty())
                .map(this::base);
    }

    @Override
    public Base get(
            ImageReference reference,
            Platform platform,
            boolean pull,
            ClientOffers offers,
            Deadline deadline) {
        Optional<Image> here = pull ? Optional.empty() : here(reference, platform);
        Image image =
                here.orElseGet(() -> pull(order(reference, platform, offers, deadline), deadline));
        if (!image.artifactType().isEmpty()) {
            throw new FailedPreconditionException(
                    reference + " is no container image: nothing can be built on it");
        }
        return base(image);
    }

    @Override
    public Base get(NamedContext.Layout layout, Platform platform, Deadline deadline)
            throws IOException {
        return layouts.get(layout, platform, deadline);
    }

    private Image pull(PullOrder order, Deadline deadline) {
        Image image = images.pull(order, PullListener.NONE, deadline);
        if (order.naming() == Naming.MANIFEST) {
            ImageReference reference = order.reference();
            tables.putBase(
                    reference.canonical(),
                    order.platform().toString(),
                    reference.repoDigest(image.manifestDigest()));
        }
        return image;
    }

    private static PullOrder order(
            ImageReference reference, Platform platform, ClientOffers offers, Deadline deadline) {
        Platform host = Platform.host();
        boolean own =
                platform.os().equals(host.os())
                        && platform.architecture().equals(host.architecture());
        return new PullOrder(
                reference,
                platform,
                offers.login(reference, deadline),
                own ? Naming.REFERENCE : Naming.MANIFEST,
                true);
    }

    private Optional<Image> here(ImageReference reference, Platform platform) {
        Optional<Image> named = images.find(reference.toString());
        return named.filter(it -> serves(it, platform))
                .or(() -> named.flatMap(it -> beside(it, reference, platform)))
                .or(
                        () ->
                                tables.findBase(reference.canonical(), platform.toString())
                                        .flatMap(images::find)
                                        .filter(it -> serves(it, platform)));
    }

    /** The image for another platform by an index that the named one came by. */
    private Optional<Image> beside(Image named, ImageReference reference, Platform platform) {
        return named.repoDigests().stream()
                .map(ImageReference::parse)
                .filter(it -> it.name().equals(reference.name()))
                .map(ImageReference::digest)
                .filter(Objects::nonNull)
                .flatMap(this::manifests)
                .map(it -> images.find(reference.repoDigest(it)))
                .flatMap(Optional::stream)
                .filter(it -> serves(it, platform))
                .findFirst();
    }

    private Stream<Digest> manifests(Digest root) {
        try {
            if (!stores.content().exists(root)) {
                return Stream.empty();
            }
            byte[] bytes = stores.content().read(root, Document.MAX_BYTES);
            return Document.parse("manifest " + root, "", bytes) instanceof Index index
                    ? index.entries().stream().map(it -> it.descriptor().digest())
                    : Stream.empty();
        } catch (IOException e) {
            throw Failures.of("read manifest " + root, e);
        }
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
