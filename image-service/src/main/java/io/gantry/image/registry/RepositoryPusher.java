package io.gantry.image.registry;

import io.gantry.base.KeyedLocks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryHost.Capability;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A push: goes to the first host of a registry that may be pushed to, and to that only, since a
 * mirror and the registry itself are two places.
 */
final class RepositoryPusher implements Pusher {

    private static final Logger log = LoggerFactory.getLogger(RepositoryPusher.class);

    private final List<PushHost> candidates;
    private final int chunkBytes;
    private final KeyedLocks<String> referrers;
    private @Nullable PushHost chosen;

    /**
     * A pusher.
     *
     * @param hosts in the order of the configuration
     * @param chunkBytes longest piece of a blob that is sent at once
     * @param referrers held by whoever changes an index of referrers
     */
    RepositoryPusher(
            ImageReference target,
            List<PushHost> hosts,
            int chunkBytes,
            KeyedLocks<String> referrers) {
        this.candidates =
                hosts.stream()
                        .filter(h -> h.host().capabilities().contains(Capability.PUSH))
                        .toList();
        this.chunkBytes = chunkBytes;
        this.referrers = referrers;
        if (candidates.isEmpty()) {
            throw new FailedPreconditionException(
                    "no host of registry "
                            + target.registry()
                            + " has the capability "
                            + Capability.PUSH
                            + " in hosts.toml");
        }
    }

    @Override
    public boolean hasManifest(Descriptor descriptor) {
        return new PushedManifests(host()).has(descriptor.digest());
    }

    @Override
    public BlobOutcome pushBlob(OutgoingBlob blob) {
        return new BlobPush(host(), blob, chunkBytes).run();
    }

    @Override
    public void pushManifest(Descriptor descriptor, byte[] bytes, String target) {
        PushHost host = host();
        PushedManifests manifests = new PushedManifests(host);
        boolean accounted = manifests.put(descriptor, bytes, target, "");
        Document document =
                Document.parse("manifest " + descriptor.digest(), descriptor.mediaType(), bytes);
        Descriptor subject = document.subject();
        if (subject == null || accounted) {
            return;
        }
        Digest of = subject.digest();
        String key = host.repository() + " " + of;
        try (KeyedLocks.Held _ = referrers.lock(key, host.patience().deadline())) {
            new ReferrersTag(host, manifests).add(of, descriptor, document);
        }
    }

    private synchronized PushHost host() {
        PushHost known = chosen;
        if (known == null) {
            known = choose();
            chosen = known;
        }
        return known;
    }

    /** The first; but of two ways to one loopback port, the one that it speaks. */
    private PushHost choose() {
        for (PushHost candidate : candidates.subList(0, candidates.size() - 1)) {
            if (!candidate.host().isUncertainOfTls()) {
                return candidate;
            }
            try {
                candidate.ping();
                return candidate;
            } catch (IOException e) {
                log.atDebug()
                        .addKeyValue("host", candidate.name())
                        .addKeyValue("reason", e.getMessage())
                        .log("registry does not speak TLS");
            }
        }
        return candidates.getLast();
    }
}
