package io.gantry.image.service;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.registry.BlobProgress;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.ResolvedManifest;
import java.io.InputStream;

/** For layers whose blobs are here: there is no registry to get others from. */
final class NoFetcher implements Fetcher {

    static final NoFetcher INSTANCE = new NoFetcher();

    private NoFetcher() {}

    @Override
    public ResolvedManifest resolve() {
        throw new NotFoundException("an archive has no registry to ask");
    }

    @Override
    public byte[] fetchManifest(Descriptor descriptor) {
        throw notHere(descriptor);
    }

    @Override
    public byte[] fetchBlob(Descriptor descriptor, int maxBytes) {
        throw notHere(descriptor);
    }

    @Override
    public InputStream openBlob(Descriptor descriptor, BlobProgress progress) {
        throw notHere(descriptor);
    }

    @Override
    public InputStream openBlobFrom(Descriptor descriptor, long offset, BlobProgress progress) {
        throw notHere(descriptor);
    }

    private static NotFoundException notHere(Descriptor descriptor) {
        return new NotFoundException("blob " + descriptor.digest() + " is not here any more");
    }
}
