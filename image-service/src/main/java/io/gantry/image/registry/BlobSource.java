package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.registry.BlobEndpoint.Opened;
import io.gantry.image.registry.BlobEndpoint.Part;
import io.gantry.image.registry.HostSlots.Slot;
import io.gantry.image.registry.RegistryHost.Capability;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Opens parts of blobs, wherever they are had, within the limits of connections. Thread-safe. */
final class BlobSource {

    private final RepositoryHosts hosts;
    private final ForeignBlobs foreign;
    private final HostSlots slots;
    private final Deadline deadline;
    private final Map<Digest, Set<RegistryHost>> mirrors = new ConcurrentHashMap<>();

    BlobSource(RepositoryHosts hosts, ForeignBlobs foreign, HostSlots slots, Deadline deadline) {
        this.hosts = hosts;
        this.foreign = foreign;
        this.slots = slots;
        this.deadline = deadline;
    }

    /** Opens a part, when a connection may be made. */
    Opened open(Descriptor descriptor, Part part) {
        try {
            return hosts.ask(
                    Capability.PULL,
                    host -> {
                        Slot slot = slots.acquire(host.host().name(), deadline);
                        return open(host, descriptor, part, slot);
                    });
        } catch (NotFoundException e) {
            if (ForeignBlobs.isForeign(descriptor)) {
                return foreign.open(descriptor, part, e);
            }
            throw e;
        }
    }

    /** As {@link #open}, if a connection may be made now. */
    Optional<Opened> tryOpen(Descriptor descriptor, Part part) {
        return hosts.ask(
                Capability.PULL,
                host ->
                        slots.tryAcquire(host.host().name())
                                .map(slot -> open(host, descriptor, part, slot)));
    }

    /** Has the mirrors that sent parts of a blob be asked last; false when there are none. */
    boolean distrust(Digest digest) {
        Set<RegistryHost> suspects = mirrors.remove(digest);
        if (suspects == null) {
            return false;
        }
        suspects.forEach(hosts::distrust);
        return true;
    }

    private Opened open(HostConnection host, Descriptor descriptor, Part part, Slot slot) {
        boolean opened = false;
        try {
            Opened answer = host.blobs().open(descriptor, part);
            opened = true;
            if (!host.host().isOrigin()) {
                mirrors.computeIfAbsent(descriptor.digest(), d -> ConcurrentHashMap.newKeySet())
                        .add(host.host());
            }
            return new Opened(new SlotStream(answer.body(), slot), answer.partial());
        } finally {
            if (!opened) {
                slot.close();
            }
        }
    }

    /** Gives its slot back when it is closed. */
    private static final class SlotStream extends FilterInputStream {
        private final Slot slot;

        SlotStream(InputStream body, Slot slot) {
            super(body);
            this.slot = slot;
        }

        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                slot.close();
            }
        }
    }
}
