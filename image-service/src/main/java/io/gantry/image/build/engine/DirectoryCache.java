package io.gantry.image.build.engine;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.cache.CacheDocument;
import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;

/**
 * A cache in a directory in the layout of OCI, as a client has sent it: nothing in it is trusted.
 */
final class DirectoryCache implements CacheOrigin {

    private static final String INDEX = "index.json";

    private final BuildContext files;

    DirectoryCache(BuildContext files) {
        this.files = files;
    }

    @Override
    public List<CachedStep> steps() throws IOException {
        byte[] index = read(INDEX);
        if (Document.parse(INDEX, "", index) instanceof Index it && !it.entries().isEmpty()) {
            Descriptor latest = it.entries().getLast().descriptor();
            byte[] manifest = read(latest);
            if (Document.parse("manifest " + latest.digest(), "", manifest) instanceof Manifest m) {
                return CacheDocument.decode(read(m.config())).steps();
            }
        }
        throw new DataLossException("index.json names no cache");
    }

    private static String path(Descriptor blob) {
        Digest digest = blob.digest();
        return "blobs/" + digest.algorithm().label() + "/" + digest.hex();
    }

    private byte[] read(Descriptor blob) throws IOException {
        try (InputStream in = open(blob)) {
            return limited(path(blob), in);
        }
    }

    private byte[] read(String path) throws IOException {
        try (InputStream in = openFile(path)) {
            return limited(path, in);
        }
    }

    private static byte[] limited(String path, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(CacheDocument.MAX_BYTES);
        if (in.read() >= 0) {
            throw new DataLossException(path + " of the cache is too long");
        }
        return bytes;
    }

    /** A blob must be what its name says; the index of the context knows what it is. */
    @Override
    public InputStream open(Descriptor blob) throws IOException {
        String path = path(blob);
        BuildContext.Entry entry = files.entries().get(path);
        if (entry != null && !entry.content().map(blob.digest()::equals).orElse(false)) {
            throw new DataLossException(path + " of the cache is something else");
        }
        return openFile(path);
    }

    private InputStream openFile(String path) throws IOException {
        BuildContext.Entry entry = files.entries().get(path);
        if (entry == null || entry.content().isEmpty()) {
            throw new NotFoundException("the cache has no " + path);
        }
        return Files.newInputStream(files.directory().resolve(path), LinkOption.NOFOLLOW_LINKS);
    }
}
