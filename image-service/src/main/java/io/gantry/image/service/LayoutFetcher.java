package io.gantry.image.service;

import io.gantry.image.build.engine.LayoutDirectory;
import io.gantry.image.content.Descriptor;
import io.gantry.image.manifest.Document;
import io.gantry.image.registry.BlobProgress;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.ResolvedManifest;
import java.io.IOException;
import java.io.InputStream;

/** Fetches what an image is made of from a directory; nobody is told of progress. */
final class LayoutFetcher implements Fetcher {

    private final LayoutDirectory layout;
    private final Descriptor root;

    /**
     * A fetcher.
     *
     * @param root what is fetched
     */
    LayoutFetcher(LayoutDirectory layout, Descriptor root) {
        this.layout = layout;
        this.root = root;
    }

    @Override
    public ResolvedManifest resolve() {
        return new ResolvedManifest(root, "");
    }

    @Override
    public byte[] fetchManifest(Descriptor descriptor) {
        return fetchBlob(descriptor, Document.MAX_BYTES);
    }

    @Override
    public byte[] fetchBlob(Descriptor descriptor, int maxBytes) {
        try {
            return layout.read(descriptor, maxBytes);
        } catch (IOException e) {
            throw Failures.of("read blob " + descriptor.digest(), e);
        }
    }

    @Override
    public InputStream openBlob(Descriptor descriptor, BlobProgress progress) {
        return openBlobFrom(descriptor, 0, progress);
    }

    @Override
    public InputStream openBlobFrom(Descriptor descriptor, long offset, BlobProgress progress) {
        try {
            InputStream in = layout.open(descriptor);
            in.skipNBytes(offset);
            return in;
        } catch (IOException e) {
            throw Failures.of("read blob " + descriptor.digest(), e);
        }
    }
}
