package io.gantry.image.build.engine;

import io.gantry.base.error.DataLossException;
import io.gantry.image.build.cache.CacheDocument;
import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.content.Descriptor;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.BlobProgress;
import io.gantry.image.registry.Fetcher;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A cache in a registry, or an image there that carries its own. */
final class RegistryCache implements CacheOrigin {

    private final ImageReference reference;
    private final Platform platform;
    private final Fetcher fetcher;

    /**
     * A cache.
     *
     * @param platform of the image, if it is one of several
     */
    RegistryCache(ImageReference reference, Platform platform, Fetcher fetcher) {
        this.reference = reference;
        this.platform = platform;
        this.fetcher = fetcher;
    }

    @Override
    public List<CachedStep> steps() throws IOException {
        Descriptor found = fetcher.resolve().descriptor();
        Manifest manifest = manifest(found);
        byte[] config = fetcher.fetchBlob(manifest.config(), CacheDocument.MAX_BYTES);
        return manifest.config().mediaType().equals(CacheDocument.MEDIA_TYPE)
                ? CacheDocument.decode(config).steps()
                : CacheDocument.decodeInline(config).steps();
    }

    private Manifest manifest(Descriptor found) throws IOException {
        Document document =
                Document.parse(
                        reference.toString(), found.mediaType(), fetcher.fetchManifest(found));
        return switch (document) {
            case Manifest it -> it;
            case Index _ -> {
                ImageSelection selection =
                        ImageSelection.select(found, platform, fetcher::fetchManifest);
                Descriptor chosen = selection.descriptor();
                if (Document.parse(
                                reference.toString(),
                                chosen.mediaType(),
                                fetcher.fetchManifest(chosen))
                        instanceof Manifest it) {
                    yield it;
                }
                throw new DataLossException(reference + " is no cache and no image");
            }
        };
    }

    @Override
    public InputStream open(Descriptor blob) {
        return fetcher.openBlob(blob, BlobProgress.NONE);
    }
}
