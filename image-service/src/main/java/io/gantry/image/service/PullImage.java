package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.trust.SignaturePolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The steps of one pull. Used by one thread, once. */
final class PullImage {

    private final Stores stores;
    private final LayerUnpacker unpacker;
    private final Clock clock;
    private final Leases.Lease lease;
    private final LayerUnpacker.Order order;
    private final SignaturePolicy policy;

    /** Where things are kept. */
    record Stores(ContentStore content, Snapshotter snapshotter, Catalog catalog) {}

    PullImage(
            Stores stores,
            LayerUnpacker unpacker,
            Clock clock,
            Leases.Lease lease,
            LayerUnpacker.Order order,
            SignaturePolicy policy) {
        this.stores = stores;
        this.unpacker = unpacker;
        this.clock = clock;
        this.lease = lease;
        this.order = order;
        this.policy = policy;
    }

    /** Makes the image be here and records it. */
    Image run(PullOrder pull) throws IOException {
        ImageReference reference = pull.reference();
        Fetcher fetcher = order.fetcher();
        Descriptor root = fetcher.resolve().descriptor();
        order.listener().resolved(root);
        ImageSelection selection = ImageSelection.select(root, pull.platform(), this::document);
        policy.check(reference, path(selection), fetcher);
        Plan plan = plan(selection);
        order.listener().planned(plan.parts());
        plan.hold(lease);
        plan.make(stores, unpacker, order);
        if (pull.everyBlob()) {
            plan.makeBlobs(stores, order);
        }
        order.deadline().check("pulling " + reference);
        // Also what was found here: a pull beside this one may not have got to that yet.
        stores.content.sync();
        stores.snapshotter.sync();
        ImageRow row = plan.row(clock.now());
        Image image =
                stores.catalog.put(
                        row,
                        plan.layerRows(stores.snapshotter),
                        switch (pull.naming()) {
                            case REFERENCE -> names(reference, root.digest());
                            case MANIFEST -> List.of(reference.repoDigest(row.manifest()));
                        });
        stores.catalog.seen(reference, row);
        return image;
    }

    private SignaturePolicy.Documents path(ImageSelection selection) {
        List<Descriptor> path = new ArrayList<>(selection.indexes());
        path.add(selection.descriptor());
        return new SignaturePolicy.Documents(path, this::document);
    }

    private Plan plan(ImageSelection selection) throws IOException {
        return selection.manifest().isArtifact()
                ? ArtifactPlan.of(selection)
                : ImagePlan.of(selection, config(selection.manifest()));
    }

    /** The bytes of a manifest or index: stored ones, or fetched and then stored. */
    private byte[] document(Descriptor descriptor) throws IOException {
        lease.hold(descriptor.digest());
        if (stores.content.exists(descriptor.digest())) {
            return stores.content.read(descriptor.digest(), Document.MAX_BYTES);
        }
        byte[] bytes = order.fetcher().fetchManifest(descriptor);
        stores.content.put(descriptor, bytes, order.deadline());
        return bytes;
    }

    private ImageConfig config(Manifest manifest) throws IOException {
        Descriptor descriptor = manifest.config();
        lease.hold(descriptor.digest());
        byte[] bytes;
        if (stores.content.exists(descriptor.digest())) {
            bytes = stores.content.read(descriptor.digest(), ImageConfig.MAX_BYTES);
        } else {
            bytes = order.fetcher().fetchBlob(descriptor, ImageConfig.MAX_BYTES);
        }
        ImageConfig config = ImageConfig.parse(manifest, bytes);
        stores.content.put(descriptor, bytes, order.deadline());
        return config;
    }

    /** A digest beside a tag decides, so the tag then names nothing here. */
    private static List<String> names(ImageReference reference, Digest root) {
        List<String> names = new ArrayList<>();
        names.add(reference.repoDigest(root));
        if (reference.digest() == null) {
            reference.repoTag().ifPresent(names::add);
        }
        return names;
    }
}
