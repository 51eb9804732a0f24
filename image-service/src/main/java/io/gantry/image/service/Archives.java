package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.archive.DockerArchiveWriter;
import io.gantry.image.archive.OciArchiveWriter;
import io.gantry.image.archive.SavedImage;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.service.ImageEvents.Action;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Archives out of the content store and into it. */
final class Archives implements ImageArchives {

    private static final Logger log = LoggerFactory.getLogger(Archives.class);

    private final Path root;
    private final PullImage.Stores stores;
    private final LayerUnpacker unpacker;
    private final Images.Collecting collecting;
    private final EventLog events;

    Archives(
            Path root,
            PullImage.Stores stores,
            LayerUnpacker unpacker,
            Images.Collecting collecting,
            EventLog events) {
        this.root = root;
        this.stores = stores;
        this.unpacker = unpacker;
        this.collecting = collecting;
        this.events = events;
    }

    @Override
    public void save(SaveOrder order, OutputStream out, Listener listener, Deadline deadline) {
        if (order.images().isEmpty()) {
            throw new InvalidArgumentException("no image to save is named");
        }
        Runnable check = () -> check(deadline, "saving images");
        OutputStream counted = new CountedOutput(out, listener::transferred);
        try (Leases.Lease lease = collecting.leases().open()) {
            List<SavedImage> images = saved(order, lease);
            switch (order.format()) {
                case DOCKER ->
                        new DockerArchiveWriter(stores.content(), check).write(images, counted);
                case OCI -> new OciArchiveWriter(stores.content(), check).write(images, counted);
            }
            counted.flush();
            for (SavedImage image : images) {
                Digest id = idOf(image);
                events.publish(
                        Action.SAVE, id, image.names().isEmpty() ? "" : image.names().getFirst());
            }
        } catch (IOException e) {
            throw Failures.of("save images", e);
        }
    }

    @Override
    public List<Loaded> load(
            LoadOrder order, InputStream in, Listener listener, Deadline deadline) {
        boolean done = false;
        try (Leases.Lease lease = collecting.leases().open()) {
            LoadImages.Progress progress = new LoadImages.Progress(listener, deadline);
            List<Loaded> loaded =
                    new LoadImages(stores, unpacker, collecting.clock(), lease, progress)
                            .run(order, in);
            done = true;
            return loaded;
        } catch (IOException e) {
            throw Failures.onDisk(root, "load an archive", e);
        } finally {
            // The lease is closed by now.
            removeRemains(done);
        }
    }

    /** Also what the archive had besides its images. */
    private void removeRemains(boolean done) {
        boolean interrupted = Thread.interrupted();
        try {
            collecting.collector().collect(Partial.KEEP);
        } catch (IOException | RuntimeException e) {
            log.atWarn()
                    .addKeyValue("loaded", done)
                    .setCause(e)
                    .log("what an archive left is not removed yet");
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Digest idOf(SavedImage image) {
        return image.document().isArtifact()
                ? image.manifest().digest()
                : image.document().config().digest();
    }

    /** By manifest, in order; looked up again once what they need is held. */
    private List<SavedImage> saved(SaveOrder order, Leases.Lease lease) throws IOException {
        for (String nameOrId : order.images()) {
            hold(stores.catalog().get(nameOrId), lease);
        }
        Map<Digest, List<String>> names = new LinkedHashMap<>();
        Map<Digest, Image> images = new LinkedHashMap<>();
        for (String nameOrId : order.images()) {
            Image image = whole(stores.catalog().get(nameOrId), lease);
            requireFormat(image, order.format());
            Digest key = key(image, order.format());
            images.putIfAbsent(key, image);
            List<String> given = names.computeIfAbsent(key, id -> new ArrayList<>());
            stores.catalog()
                    .nameOf(nameOrId)
                    .filter(name -> name.indexOf('@') < 0 && !given.contains(name))
                    .ifPresent(given::add);
        }
        List<SavedImage> saved = new ArrayList<>();
        for (Map.Entry<Digest, Image> image : images.entrySet()) {
            saved.add(saved(image.getValue(), names.getOrDefault(image.getKey(), List.of())));
        }
        return saved;
    }

    /** An archive of Docker's has no manifests, so there an image is one by all its names. */
    private static Digest key(Image image, ImageArchives.Format format) {
        return switch (format) {
            case DOCKER -> image.id();
            case OCI -> image.manifestDigest();
        };
    }

    /**
     * The image by a manifest whose blobs are all here: by the one that its name stands for if it
     * can be. A layer that was here unpacked already had not been fetched as a blob.
     *
     * @throws FailedPreconditionException when there is none
     */
    private Image whole(Image image, Leases.Lease lease) throws IOException {
        for (Digest manifest : stores.catalog().manifests(image)) {
            Image candidate = image.by(manifest);
            hold(candidate, lease);
            if (missing(candidate).isEmpty()) {
                return candidate;
            }
        }
        throw new FailedPreconditionException(
                "image "
                        + image.id()
                        + " cannot be saved: blob "
                        + missing(image).orElseThrow()
                        + " never came, since the files of that layer were here already; remove"
                        + " the images that share it and pull again");
    }

    private Optional<Digest> missing(Image image) throws IOException {
        for (Descriptor part : stores.catalog().manifest(image).layers()) {
            if (!stores.content().exists(part.digest())) {
                return Optional.of(part.digest());
            }
        }
        return Optional.empty();
    }

    private static void requireFormat(Image image, ImageArchives.Format format) {
        if (image.isArtifact() && format == Format.DOCKER) {
            throw new InvalidArgumentException(
                    "image "
                            + image.id()
                            + " is an artifact, which has no place in an archive of Docker's: save"
                            + " it in the OCI format");
        }
    }

    private void hold(Image image, Leases.Lease lease) throws IOException {
        lease.hold(image.manifestDigest());
        Manifest manifest = stores.catalog().manifest(image);
        lease.hold(manifest.config().digest());
        manifest.layers().forEach(layer -> lease.hold(layer.digest()));
    }

    private SavedImage saved(Image image, List<String> names) throws IOException {
        Manifest manifest = stores.catalog().manifest(image);
        long size = stores.content().find(image.manifestDigest()).orElse(0);
        return new SavedImage(
                new Descriptor(manifest.mediaType(), image.manifestDigest(), size),
                manifest,
                image.config().platform(),
                image.config().diffIds(),
                image.layers(),
                names);
    }

    private static void check(Deadline deadline, String what) {
        deadline.check(what);
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException(what + " was interrupted");
        }
    }
}
