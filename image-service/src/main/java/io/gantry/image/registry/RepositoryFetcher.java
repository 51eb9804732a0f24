package io.gantry.image.registry;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryHost.Capability;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** A pull of one repository. */
final class RepositoryFetcher implements Fetcher {

    private final ImageReference image;
    private final RepositoryHosts hosts;
    private final RangedBlobStream.Transfer transfer;
    private final Map<Digest, byte[]> fetched = new ConcurrentHashMap<>();

    RepositoryFetcher(
            ImageReference image, RepositoryHosts hosts, RangedBlobStream.Transfer transfer) {
        this.image = image;
        this.hosts = hosts;
        this.transfer = transfer;
    }

    @Override
    public ResolvedManifest resolve() {
        return hosts.ask(
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
        Optional<byte[]> embedded = descriptor.embedded();
        if (embedded.isPresent()) {
            return embedded.get();
        }
        return hosts.ask(Capability.PULL, host -> host.manifests().get(descriptor));
    }

    @Override
    public Optional<Document> findTag(String tag) {
        try {
            return Optional.of(hosts.ask(Capability.PULL, host -> document(host, tag)));
        } catch (NotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public List<Referrer> listReferrers(Digest subject) {
        try {
            return hosts.ask(Capability.PULL, host -> referrers(host, subject));
        } catch (NotFoundException e) {
            return List.of();
        }
    }

    private static Document document(HostConnection host, String tag) {
        ManifestEndpoint.Fetched fetched = host.manifests().getTag(tag);
        return Document.parse("manifest " + tag, fetched.descriptor().mediaType(), fetched.bytes());
    }

    private static List<Referrer> referrers(HostConnection host, Digest subject) {
        Optional<List<Referrer>> listed =
                host.host().capabilities().contains(Capability.REFERRERS)
                        ? host.referrers().list(subject)
                        : Optional.empty();
        return listed.orElseGet(
                () -> ReferrersEndpoint.listed(document(host, ReferrersTag.of(subject))));
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
        try {
            return readBlob(descriptor);
        } catch (DataLossException e) {
            if (distrust(descriptor)) {
                return readBlob(descriptor);
            }
            throw e;
        }
    }

    private byte[] readBlob(Descriptor descriptor) {
        try (InputStream in = openBlob(descriptor, BlobProgress.NONE)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new DataLossException(
                    "blob " + descriptor.digest() + " of " + image + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean distrust(Descriptor descriptor) {
        return transfer.source().distrust(descriptor.digest());
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
        Optional<byte[]> embedded = descriptor.embedded();
        if (embedded.isPresent()) {
            byte[] bytes = embedded.get();
            progress.received(bytes.length - offset);
            return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
        }
        TransferLimits limits = transfer.limits();
        boolean large = descriptor.size() - offset >= limits.rangeThreshold();
        return large && limits.rangesPerBlob() > 0
                ? inRanges(descriptor, offset, progress)
                : inOnePiece(descriptor, offset, progress);
    }

    private InputStream inRanges(Descriptor descriptor, long offset, BlobProgress progress) {
        RangedBlobStream stream = new RangedBlobStream(descriptor, offset, transfer, progress);
        stream.connect();
        return stream;
    }

    private InputStream inOnePiece(Descriptor descriptor, long offset, BlobProgress progress) {
        ResumingBlobStream stream =
                new ResumingBlobStream(
                        descriptor,
                        new BlobEndpoint.Part(offset, descriptor.size()),
                        part -> transfer.source().open(descriptor, part),
                        transfer.policy(),
                        transfer.patience(),
                        progress);
        stream.connect();
        return stream;
    }

    private Descriptor getAndKeep(HostConnection host) {
        ManifestEndpoint.Fetched document = host.manifests().get();
        fetched.put(document.descriptor().digest(), document.bytes());
        return document.descriptor();
    }
}
