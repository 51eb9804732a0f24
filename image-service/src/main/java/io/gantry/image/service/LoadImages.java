package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.archive.ArchiveReader;
import io.gantry.image.archive.ArchivedImage;
import io.gantry.image.archive.InvalidArchiveException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.manifest.Platform;
import io.gantry.image.metadata.ImageArrival;
import io.gantry.image.service.ImageArchives.Listener;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.Loaded;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The steps of one loading. Used by one thread, once. */
final class LoadImages {

    private final PullImage.Stores stores;
    private final LayerUnpacker unpacker;
    private final Clock clock;
    private final Leases.Lease lease;
    private final Progress progress;

    /** Who is told, and for how long it may go on. */
    record Progress(Listener listener, Deadline deadline) {

        void check() {
            deadline.check("loading an archive");
            if (Thread.currentThread().isInterrupted()) {
                throw new CancelledException("loading an archive was interrupted");
            }
        }
    }

    LoadImages(
            PullImage.Stores stores,
            LayerUnpacker unpacker,
            Clock clock,
            Leases.Lease lease,
            Progress progress) {
        this.stores = stores;
        this.unpacker = unpacker;
        this.clock = clock;
        this.lease = lease;
        this.progress = progress;
    }

    /** An image that is wanted, and its names. */
    private record Wanted(Plan plan, List<String> names) {}

    /** Makes the images of the archive be here and records them. */
    List<Loaded> run(LoadOrder order, InputStream in) throws IOException {
        InputStream counted = new CountedInput(in, progress.listener()::transferred);
        ArchiveReader reader = new ArchiveReader(stores.content(), lease::hold, progress::check);
        List<Wanted> images = plans(reader.read(counted), order);
        for (Wanted image : images) {
            make(image.plan);
        }
        progress.check();
        stores.content().sync();
        stores.snapshotter().sync();
        return record(images);
    }

    /** All are looked through before anything is unpacked. */
    private List<Wanted> plans(List<ArchivedImage> archived, LoadOrder order) throws IOException {
        if (order.name().isPresent() && archived.size() != 1) {
            throw new InvalidArgumentException(
                    "an archive of "
                            + archived.size()
                            + " images cannot be loaded by the one name "
                            + order.name().get());
        }
        List<String> given =
                order.name().map(name -> List.of(ImageNameRules.tag(name))).orElse(List.of());
        List<Wanted> images = new ArrayList<>();
        for (ArchivedImage image : archived) {
            images.add(new Wanted(plan(image), given.isEmpty() ? image.names() : given));
        }
        return images;
    }

    private Plan plan(ArchivedImage image) throws IOException {
        try {
            ImageSelection selection =
                    ImageSelection.select(
                            image.root(), Platform.host(), each -> document(image, each));
            Plan plan = plan(image, selection);
            for (Descriptor part : plan.parts()) {
                checkPart(image, part);
            }
            plan.hold(lease);
            return plan;
        } catch (InvalidImageException e) {
            throw new InvalidArchiveException("archive: " + e.getMessage(), e);
        }
    }

    private Plan plan(ArchivedImage image, ImageSelection selection) throws IOException {
        Manifest manifest = selection.manifest();
        if (manifest.isArtifact()) {
            return ArtifactPlan.of(selection);
        }
        byte[] config = read(image, manifest.config(), ImageConfig.MAX_BYTES);
        return ImagePlan.of(selection, ImageConfig.parse(manifest, config));
    }

    private byte[] document(ArchivedImage image, Descriptor descriptor) throws IOException {
        return read(image, descriptor, Document.MAX_BYTES);
    }

    private byte[] read(ArchivedImage image, Descriptor descriptor, int maxBytes)
            throws IOException {
        checkPart(image, descriptor);
        return stores.content().read(descriptor.digest(), maxBytes);
    }

    /** What happens to be in the store, but not in the archive, is none of its business. */
    private void checkPart(ArchivedImage image, Descriptor part) throws IOException {
        Digest digest = part.digest();
        if (!image.parts().contains(digest)) {
            throw new InvalidArchiveException(
                    "archive: blob "
                            + digest
                            + " of image "
                            + image.root().digest()
                            + " is missing",
                    null);
        }
        long size = stores.content().find(digest).orElse(-1);
        if (size != part.size()) {
            throw new InvalidArchiveException(
                    "archive: blob "
                            + digest
                            + " has "
                            + size
                            + " bytes where its descriptor says "
                            + part.size(),
                    null);
        }
    }

    private void make(Plan plan) throws IOException {
        progress.listener().planned(plan.parts());
        LayerUnpacker.Order order =
                new LayerUnpacker.Order(
                        NoFetcher.INSTANCE, progress.listener(), progress.deadline());
        plan.make(stores, unpacker, order);
    }

    /** All or none, so that an archive is not half here after a crash. */
    private List<Loaded> record(List<Wanted> images) throws IOException {
        List<ImageArrival> arrivals = new ArrayList<>();
        for (Wanted image : images) {
            arrivals.add(
                    new ImageArrival(
                            image.plan.row(clock.now()),
                            image.plan.layerRows(stores.snapshotter()),
                            image.names));
        }
        List<Image> recorded = stores.catalog().putLoaded(arrivals);
        List<Loaded> loaded = new ArrayList<>();
        for (int i = 0; i < recorded.size(); i++) {
            loaded.add(new Loaded(recorded.get(i), images.get(i).names));
        }
        loaded.forEach(progress.listener()::loaded);
        return loaded;
    }
}
