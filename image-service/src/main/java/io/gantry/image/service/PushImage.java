package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.Document;
import io.gantry.image.metadata.BlobSource;
import io.gantry.image.metadata.BlobSources;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.BlobOutcome;
import io.gantry.image.registry.OutgoingBlob;
import io.gantry.image.registry.PushResolver;
import io.gantry.image.registry.Pusher;
import io.gantry.image.registry.Resolver;
import io.gantry.image.service.ImageEvents.Action;
import io.gantry.image.service.PushListener.Phase;
import io.gantry.image.service.PushPlan.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;

/** The steps of one push. Used by one thread, once. */
final class PushImage {

    private final Sources sources;
    private final PushResolver registries;
    private final Semaphore permits;
    private final Leases.Lease lease;
    private final PushListener listener;
    private final Deadline deadline;

    /**
     * Where images are.
     *
     * @param resolver for blobs that never came
     */
    record Sources(
            PullImage.Stores stores,
            BlobSources blobSources,
            Resolver resolver,
            EventLog events,
            Clock clock) {

        static Sources of(
                PullImage.Stores stores,
                ImageTables tables,
                ImageService.Surroundings with,
                EventLog events) {
            return new Sources(stores, tables.blobSources(), with.resolver(), events, with.clock());
        }
    }

    /** How a push goes on. */
    record Course(PushListener listener, Deadline deadline) {}

    PushImage(
            Sources sources,
            PushResolver registries,
            Semaphore permits,
            Leases.Lease lease,
            Course course) {
        this.sources = sources;
        this.registries = registries;
        this.permits = permits;
        this.lease = lease;
        this.listener = course.listener;
        this.deadline = course.deadline;
    }

    /** Makes the targets name the image. */
    Pushed run(PushOrder order) throws IOException {
        Image image = sources.stores.catalog().get(order.image());
        PushRoot roots = new PushRoot(sources.stores.catalog(), sources.stores.content());
        Digest root = roots.find(image, order.image(), order.platform());
        PushPlan plan = PushPlan.of(order.image(), root, this::document);
        checkTargets(order.targets(), root);
        List<Descriptor> blobs = PushPlan.blobsOf(plan.documents());
        blobs.forEach(blob -> lease.hold(blob.digest()));
        announce(plan, blobs);
        ImageReference target = order.targets().getFirst();
        Pusher pusher = registries.openPush(target, order.credentials(), deadline);
        List<Part> missing = missing(plan, pusher);
        pushBlobs(order, PushPlan.blobsOf(missing), pusher);
        tellExisting(blobs, PushPlan.blobsOf(missing));
        for (Part part : missing) {
            if (!part.descriptor().digest().equals(root)) {
                pushDocument(part, pusher);
            }
        }
        List<String> names = name(order.targets(), plan, missing, pusher);
        remember(target, blobs);
        names.forEach(name -> sources.events.publish(Action.PUSH, image.id(), name));
        return new Pushed(plan.root(), names);
    }

    private Optional<byte[]> document(Digest digest) throws IOException {
        lease.hold(digest);
        return sources.stores.content().exists(digest)
                ? Optional.of(sources.stores.content().read(digest, Document.MAX_BYTES))
                : Optional.empty();
    }

    private static void checkTargets(List<ImageReference> targets, Digest root) {
        for (ImageReference target : targets) {
            Digest wanted = target.digest();
            if (wanted != null && !wanted.equals(root)) {
                throw new InvalidArgumentException(
                        "image is " + root + " and cannot be pushed as " + target);
            }
        }
    }

    private void announce(PushPlan plan, List<Descriptor> blobs) {
        blobs.forEach(blob -> listener.phase(blob, Phase.WAITING));
        plan.documents().forEach(part -> listener.phase(part.descriptor(), Phase.WAITING));
    }

    /** A repository that has a manifest has what it needs. */
    private List<Part> missing(PushPlan plan, Pusher pusher) {
        List<Part> missing = new ArrayList<>();
        for (Part part : plan.documents()) {
            if (pusher.hasManifest(part.descriptor())) {
                listener.phase(part.descriptor(), Phase.EXISTS);
            } else {
                missing.add(part);
            }
        }
        return missing;
    }

    private void pushBlobs(PushOrder order, List<Descriptor> blobs, Pusher pusher) {
        ImageReference target = order.targets().getFirst();
        Map<Digest, List<BlobSource>> known =
                sources.blobSources.find(blobs.stream().map(Descriptor::digest).toList());
        PushedBlob.Surroundings with =
                new PushedBlob.Surroundings(
                        sources.stores.content(),
                        sources.resolver,
                        order.credentials(),
                        listener,
                        deadline);
        List<PushedBlob> outgoing =
                blobs.stream()
                        .map(
                                blob ->
                                        new PushedBlob(
                                                blob,
                                                target,
                                                known.getOrDefault(blob.digest(), List.of()),
                                                with))
                        .toList();
        new ParallelBlobs(permits, deadline).each(outgoing, blob -> pushBlob(blob, pusher));
    }

    private void pushBlob(OutgoingBlob blob, Pusher pusher) {
        Phase end =
                switch (pusher.pushBlob(blob)) {
                    case BlobOutcome.Existed _ -> Phase.EXISTS;
                    case BlobOutcome.Mounted _ -> Phase.MOUNTED;
                    case BlobOutcome.Uploaded _ -> Phase.DONE;
                };
        listener.phase(blob.descriptor(), end);
    }

    private void tellExisting(List<Descriptor> all, List<Descriptor> pushed) {
        Set<Descriptor> existing = new LinkedHashSet<>(all);
        pushed.forEach(existing::remove);
        existing.forEach(blob -> listener.phase(blob, Phase.EXISTS));
    }

    private void pushDocument(Part part, Pusher pusher) {
        Descriptor descriptor = part.descriptor();
        listener.phase(descriptor, Phase.UPLOADING);
        pusher.pushManifest(descriptor, part.bytes(), descriptor.digest().toString());
        listener.phase(descriptor, Phase.DONE);
    }

    /** Gives the names at the very end. */
    private List<String> name(
            List<ImageReference> targets, PushPlan plan, List<Part> missing, Pusher pusher) {
        Part root = plan.documents().getLast();
        boolean there = !missing.contains(root);
        if (!there) {
            listener.phase(root.descriptor(), Phase.UPLOADING);
        }
        List<String> names = new ArrayList<>();
        for (ImageReference target : targets) {
            if (target.digest() == null || !there) {
                pusher.pushManifest(root.descriptor(), root.bytes(), target.target());
            }
            names.add(target.canonical());
            listener.named(target.canonical());
        }
        if (!there) {
            listener.phase(root.descriptor(), Phase.DONE);
        }
        return names;
    }

    private void remember(ImageReference target, List<Descriptor> blobs) {
        sources.blobSources.put(
                new BlobSource(target.registry(), target.repository()),
                blobs.stream().map(Descriptor::digest).toList(),
                sources.clock.now());
    }
}
