package io.gantry.image.build.engine;

import io.gantry.base.error.DataLossException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.cache.CacheDocument;
import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.content.Descriptor;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A cache in a directory in the layout of OCI. */
final class DirectoryCache implements CacheOrigin {

    private final LayoutDirectory layout;

    DirectoryCache(BuildContext files) {
        this.layout = new LayoutDirectory(files, "the cache");
    }

    @Override
    public List<CachedStep> steps() throws IOException {
        List<Index.Entry> entries = layout.index().entries();
        if (!entries.isEmpty()) {
            Descriptor latest = entries.getLast().descriptor();
            byte[] manifest = layout.read(latest, CacheDocument.MAX_BYTES);
            if (Document.parse("manifest " + latest.digest(), "", manifest) instanceof Manifest m) {
                byte[] document = layout.read(m.config(), CacheDocument.MAX_BYTES);
                return CacheDocument.decode(document).steps();
            }
        }
        throw new DataLossException("index.json names no cache");
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
        return layout.open(blob);
    }
}
