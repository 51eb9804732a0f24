package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Ingest;
import io.gantry.image.metadata.BlobSource;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.BlobProgress;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.OutgoingBlob;
import io.gantry.image.registry.Resolver;
import io.gantry.image.service.PushListener.Phase;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A stored blob on its way to a registry. One that never came, because its layer was unpacked from
 * another blob already, is fetched from where the image came from.
 */
final class PushedBlob implements OutgoingBlob {

    private static final int BUFFER = 256 * 1024;

    private final Descriptor descriptor;
    private final ImageReference target;
    private final List<BlobSource> sources;
    private final Surroundings with;

    /**
     * What all blobs of a push share.
     *
     * @param credentials for the target's registry
     */
    record Surroundings(
            ContentStore content,
            Resolver resolver,
            Credentials credentials,
            PushListener listener,
            Deadline deadline) {}

    PushedBlob(
            Descriptor descriptor,
            ImageReference target,
            List<BlobSource> sources,
            Surroundings with) {
        this.descriptor = descriptor;
        this.target = target;
        this.sources = List.copyOf(sources);
        this.with = with;
    }

    @Override
    public Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public List<String> mountSources() {
        return sources.stream()
                .filter(source -> source.registry().equals(target.registry()))
                .map(BlobSource::repository)
                .filter(repository -> !repository.equals(target.repository()))
                .toList();
    }

    @Override
    public void prepare() {
        with.listener.phase(descriptor, Phase.UPLOADING);
        try {
            OptionalLong size = with.content.find(descriptor.digest());
            if (size.isEmpty()) {
                fetch();
            } else if (size.getAsLong() != descriptor.size()) {
                throw new DataLossException(
                        "blob "
                                + descriptor.digest()
                                + " has "
                                + size.getAsLong()
                                + " bytes here where its descriptor says "
                                + descriptor.size());
            }
        } catch (IOException e) {
            throw Failures.of("read blob " + descriptor.digest(), e);
        }
    }

    @Override
    public InputStream open(long offset) {
        try {
            InputStream in = with.content.open(descriptor.digest());
            boolean handedOver = false;
            try {
                in.skipNBytes(offset);
                handedOver = true;
                return in;
            } finally {
                if (!handedOver) {
                    in.close();
                }
            }
        } catch (IOException e) {
            throw Failures.of("read blob " + descriptor.digest(), e);
        }
    }

    @Override
    public void sent(long sent) {
        with.listener.sent(descriptor, sent);
    }

    private void fetch() throws IOException {
        FailedPreconditionException failure =
                new FailedPreconditionException(
                        "blob "
                                + descriptor.digest()
                                + " of the image is not here, and no registry that is known to"
                                + " have had it gives it");
        for (BlobSource source : sources) {
            try {
                fetchFrom(source);
                return;
            } catch (CancelledException | DeadlineExceededException e) {
                throw e;
            } catch (ServiceException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }

    private void fetchFrom(BlobSource source) throws IOException {
        ImageReference from =
                new ImageReference(
                        source.registry(), source.repository(), null, descriptor.digest());
        boolean sameRegistry = source.registry().equals(target.registry());
        Fetcher fetcher =
                with.resolver.open(
                        from,
                        sameRegistry ? with.credentials : Credentials.ANONYMOUS,
                        with.deadline);
        Optional<Ingest> opened = with.content.ingest(descriptor, with.deadline);
        if (opened.isEmpty()) {
            return;
        }
        try (Ingest ingest = opened.get();
                InputStream in =
                        fetcher.openBlobFrom(descriptor, ingest.written(), BlobProgress.NONE)) {
            byte[] buffer = new byte[BUFFER];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                ingest.write(buffer, 0, count);
            }
            ingest.commit();
        }
        // The image's row names it already.
        with.content.sync();
    }
}
