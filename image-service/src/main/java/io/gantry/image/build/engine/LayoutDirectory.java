package io.gantry.image.build.engine;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Index;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.util.List;

/**
 * A directory in the layout of OCI (image-spec image-layout.md), as a client has sent it: nothing
 * in it is trusted.
 *
 * @param files the directory
 * @param what it is, for messages
 */
public record LayoutDirectory(BuildContext files, String what) {

    private static final String INDEX = "index.json";
    private static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final String DEFAULT_TAG = "latest";

    /**
     * What its index names.
     *
     * @throws DataLossException when it has no index that can be read
     */
    public Index index() throws IOException {
        byte[] bytes;
        try (InputStream in = openFile(INDEX)) {
            bytes = limited(INDEX, in, Document.MAX_BYTES);
        }
        if (Document.parse(INDEX, "", bytes) instanceof Index index) {
            return index;
        }
        throw new DataLossException(INDEX + " of " + what + " is no index");
    }

    /**
     * Finds an image in it.
     *
     * @param name digest or tag; empty: {@code latest}, or the only one
     * @throws NotFoundException when it has none of that name
     */
    public Descriptor find(String name) throws IOException {
        List<Index.Entry> entries = index().entries();
        if (name.isEmpty() && entries.size() == 1) {
            return entries.getFirst().descriptor();
        }
        String wanted = name.isEmpty() ? DEFAULT_TAG : name;
        return entries.stream()
                .map(Index.Entry::descriptor)
                .filter(it -> isNamed(it, wanted))
                .findFirst()
                .orElseThrow(() -> new NotFoundException(what + " has no image " + wanted));
    }

    /** Some write the tag alone, others the whole name. */
    private static boolean isNamed(Descriptor descriptor, String wanted) {
        String name = descriptor.annotations().getOrDefault(REF_NAME, "");
        return descriptor.digest().toString().equals(wanted)
                || name.equals(wanted)
                || name.endsWith(":" + wanted);
    }

    /**
     * Reads a small blob, verified.
     *
     * @throws DataLossException when it is longer, or something else than its name says
     */
    public byte[] read(Descriptor blob, int maxBytes) throws IOException {
        try (InputStream in = open(blob)) {
            byte[] bytes = limited(path(blob), in, maxBytes);
            if (!blob.digest().matches(bytes)) {
                throw somethingElse(blob);
            }
            return bytes;
        }
    }

    /**
     * Opens a blob. What the index of the directory knows of it has to be what its name says; where
     * that says it by another kind of digest, it is the reader's to check.
     *
     * @throws NotFoundException when it is not there
     */
    public InputStream open(Descriptor blob) throws IOException {
        String path = path(blob);
        BuildContext.Entry entry = files.entries().get(path);
        if (entry != null
                && blob.digest().algorithm() == Digest.Algorithm.SHA256
                && !entry.content().map(blob.digest()::equals).orElse(false)) {
            throw somethingElse(blob);
        }
        return openFile(path);
    }

    private DataLossException somethingElse(Descriptor blob) {
        return new DataLossException(path(blob) + " of " + what + " is something else");
    }

    private static String path(Descriptor blob) {
        Digest digest = blob.digest();
        return "blobs/" + digest.algorithm().label() + "/" + digest.hex();
    }

    private byte[] limited(String path, InputStream in, int maxBytes) throws IOException {
        byte[] bytes = in.readNBytes(maxBytes);
        if (in.read() >= 0) {
            throw new DataLossException(path + " of " + what + " is too long");
        }
        return bytes;
    }

    private InputStream openFile(String path) throws IOException {
        BuildContext.Entry entry = files.entries().get(path);
        if (entry == null || entry.content().isEmpty()) {
            throw new NotFoundException(what + " has no " + path);
        }
        return Files.newInputStream(files.directory().resolve(path), LinkOption.NOFOLLOW_LINKS);
    }
}
