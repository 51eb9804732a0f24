package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.image.gc.Leases;
import io.gantry.image.registry.PushResolver;
import java.io.IOException;
import java.util.concurrent.Semaphore;

/** The pusher of a state directory. */
final class Pushes implements ImagePusher {

    /** Blobs that are pushed at once, over all pushes; Docker's number. */
    private static final int PARALLEL_BLOBS = 5;

    private final PushImage.Sources sources;
    private final Leases leases;
    private final PushResolver registries;
    private final Semaphore permits = new Semaphore(PARALLEL_BLOBS, true);

    Pushes(PushImage.Sources sources, Leases leases, PushResolver registries) {
        this.sources = sources;
        this.leases = leases;
        this.registries = registries;
    }

    @Override
    public Pushed push(PushOrder order, PushListener listener, Deadline deadline) {
        try (Leases.Lease lease = leases.open()) {
            PushImage.Course course = new PushImage.Course(listener, deadline);
            return new PushImage(sources, registries, permits, lease, course).run(order);
        } catch (IOException e) {
            throw Failures.of("push image " + order.image(), e);
        }
    }
}
