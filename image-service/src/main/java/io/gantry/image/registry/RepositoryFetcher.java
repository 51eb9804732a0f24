package io.gantry.image.registry;

import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryHost.Capability;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pull: asks the hosts of a registry in turn. The registry's own word is final; a mirror's
 * failure, whatever it is, only leads to the next host. A host that could not be reached once is
 * asked last from then on.
 */
final class RepositoryFetcher implements Fetcher {

    private static final Logger log = LoggerFactory.getLogger(RepositoryFetcher.class);

    private final ImageReference image;
    private final List<HostConnection> hosts;
    private final RetryPolicy policy;
    private final RegistryCaller.Patience patience;
    private final Set<HostConnection> unreachable = ConcurrentHashMap.newKeySet();
    private final Map<Digest, byte[]> fetched = new ConcurrentHashMap<>();

    RepositoryFetcher(
            ImageReference image,
            List<HostConnection> hosts,
            RetryPolicy policy,
            RegistryCaller.Patience patience) {
        this.image = image;
        this.hosts = List.copyOf(hosts);
        this.policy = policy;
        this.patience = patience;
    }

    @Override
    public ResolvedManifest resolve() {
        return ask(
                Capability.RESOLVE,
                host ->
                        new ResolvedManifest(
                                host.manifests().head().orElseGet(() -> getAndKeep(host)),
                                host.host().name()));
    }

    @Override
    public byte[] fetchManifest(Descriptor descriptor) {
        byte[] kept = fetched.remove(descriptor.digest());
        if (kept != null) {
            return kept;
        }
        return ask(Capability.PULL, host -> host.manifests().get(descriptor));
    }

    @Override
    public byte[] fetchBlob(Descriptor descriptor, int maxBytes) {
        if (descriptor.size() > maxBytes) {
            throw new FailedPreconditionException(
                    "blob "
                            + descriptor.digest()
                            + " of "
                            + image
                            + " has "
                            + descriptor.size()
                            + " bytes, more than the "
                            + maxBytes
                            + " that are accepted");
        }
        try (InputStream in = openBlob(descriptor, BlobProgress.NONE)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new DataLossException(
                    "blob " + descriptor.digest() + " of " + image + ": " + e.getMessage(), e);
        }
    }

    @Override
    public InputStream openBlob(Descriptor descriptor, BlobProgress progress) {
        return new VerifyingStream(openBlobFrom(descriptor, 0, progress), descriptor.digest());
    }

    @Override
    public InputStream openBlobFrom(Descriptor descriptor, long offset, BlobProgress progress) {
        if (offset < 0 || offset > descriptor.size()) {
            throw new InvalidArgumentException(
                    "offset " + offset + " is not within blob " + descriptor.digest());
        }
        ResumingBlobStream stream =
                new ResumingBlobStream(
                        descriptor,
                        offset,
                        at -> ask(Capability.PULL, host -> host.blobs().open(descriptor, at)),
                        policy,
                        patience,
                        progress);
        stream.connect();
        return stream;
    }

    private Descriptor getAndKeep(HostConnection host) {
        ManifestEndpoint.Fetched document = host.manifests().get();
        fetched.put(document.descriptor().digest(), document.bytes());
        return document.descriptor();
    }

    private <T> T ask(Capability capability, Function<HostConnection, T> question) {
        List<ServiceException> mirrorFailures = new ArrayList<>();
        for (HostConnection host : inOrder(capability)) {
            try {
                return question.apply(host);
            } catch (CancelledException | DeadlineExceededException e) {
                throw e;
            } catch (ServiceException e) {
                if (e instanceof RegistryUnavailableException) {
                    unreachable.add(host);
                } else if (host.host().isOrigin()) {
                    mirrorFailures.forEach(e::addSuppressed);
                    throw e;
                }
                mirrorFailures.add(e);
                log.atDebug()
                        .addKeyValue("host", host.host().name())
                        .addKeyValue("reason", e.getMessage())
                        .log("registry host failed");
            }
        }
        throw last(mirrorFailures, capability);
    }

    private ServiceException last(List<ServiceException> failures, Capability capability) {
        if (failures.isEmpty()) {
            return new FailedPreconditionException(
                    "no host of registry "
                            + image.registry()
                            + " has the capability "
                            + capability
                            + " in hosts.toml");
        }
        ServiceException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        return last;
    }

    private List<HostConnection> inOrder(Capability capability) {
        List<HostConnection> order = new ArrayList<>();
        List<HostConnection> later = new ArrayList<>();
        for (HostConnection host : hosts) {
            if (host.host().capabilities().contains(capability)) {
                (unreachable.contains(host) ? later : order).add(host);
            }
        }
        order.addAll(later);
        return order;
    }
}
