package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.build.api.BaseImages.Base;
import io.gantry.image.build.api.Content;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.build.engine.LayoutDirectory;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Platform;
import java.io.IOException;

/**
 * Base images from directories of clients. What they are made of comes to be here, and is nobody's
 * image: what is built on it keeps it, and else the next collection takes it. Thread-safe.
 */
final class LayoutBases {

    private final PullImage.Stores stores;
    private final LayerUnpacker unpacker;
    private final Leases leases;

    LayoutBases(PullImage.Stores stores, LayerUnpacker unpacker, Leases leases) {
        this.stores = stores;
        this.unpacker = unpacker;
        this.leases = leases;
    }

    /**
     * Makes one be here.
     *
     * @throws io.gantry.base.error.NotFoundException when the directory has no such image, or none
     *     for the platform
     */
    Base get(NamedContext.Layout context, Platform platform, Deadline deadline) throws IOException {
        LayoutDirectory layout = new LayoutDirectory(context.files(), "the layout");
        try (Leases.Lease lease = leases.open()) {
            Descriptor root = layout.find(context.image());
            ImageSelection selection =
                    ImageSelection.select(
                            root,
                            platform,
                            each -> stored(layout, each, Document.MAX_BYTES, lease, deadline));
            if (selection.manifest().isArtifact()) {
                throw new FailedPreconditionException(
                        root.digest() + " is no container image: nothing can be built on it");
            }
            byte[] bytes =
                    stored(
                            layout,
                            selection.manifest().config(),
                            ImageConfig.MAX_BYTES,
                            lease,
                            deadline);
            ImageConfig config = ImageConfig.parse(selection.manifest(), bytes);
            ImagePlan plan = ImagePlan.of(selection, config);
            plan.hold(lease);
            LayoutFetcher fetcher = new LayoutFetcher(layout, root);
            LayerUnpacker.Order order =
                    new LayerUnpacker.Order(fetcher, PullListener.NONE, deadline);
            plan.make(stores, unpacker, order);
            plan.makeBlobs(stores, order);
            return new Base(
                    selection.descriptor().digest(),
                    Content.of(bytes),
                    selection.manifest().layers(),
                    config.diffIds(),
                    plan.layers().stream().map(LayerPlan::chainId).toList());
        } catch (InvalidImageException e) {
            throw new DataLossException("the layout: " + e.getMessage(), e);
        }
    }

    private byte[] stored(
            LayoutDirectory layout,
            Descriptor descriptor,
            int maxBytes,
            Leases.Lease lease,
            Deadline deadline)
            throws IOException {
        ContentStore content = stores.content();
        lease.hold(descriptor.digest());
        byte[] bytes = layout.read(descriptor, maxBytes);
        content.put(descriptor, bytes, deadline);
        return bytes;
    }
}
