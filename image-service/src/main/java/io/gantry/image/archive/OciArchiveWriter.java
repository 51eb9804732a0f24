package io.gantry.image.archive;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.DocumentWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes OCI image layouts (image-spec 1.1, image-layout.md) into a tar: blobs as they are stored.
 */
public final class OciArchiveWriter {

    private static final String LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}";

    private final BlobSource blobs;

    /**
     * A writer.
     *
     * @param check called now and then, throws to end the writing
     */
    public OciArchiveWriter(ContentStore content, Runnable check) {
        blobs = new BlobSource(content, check);
    }

    /**
     * Writes an archive; the same images make the same bytes.
     *
     * @param out not closed
     * @throws io.gantry.base.error.DataLossException when a stored blob is damaged
     */
    public void write(List<SavedImage> images, OutputStream out) throws IOException {
        TarWriter tar = new TarWriter(out);
        tar.file(ArchiveImages.OCI_LAYOUT, LAYOUT.getBytes(StandardCharsets.UTF_8));
        tar.file(ArchiveImages.OCI_INDEX, DocumentWriter.index(entries(images)));
        tar.directory("blobs");
        String directory = "";
        for (Descriptor blob : parts(images).values()) {
            String algorithm = "blobs/" + blob.digest().algorithm().label();
            if (!algorithm.equals(directory)) {
                tar.directory(algorithm);
                directory = algorithm;
            }
            tar.file(
                    ArchivePath.ofBlob(blob.digest()),
                    blob.size(),
                    entry -> blobs.copy(blob, entry));
        }
        tar.finish();
    }

    /** An entry for each name; an image without one has an entry as well. */
    private static List<Descriptor> entries(List<SavedImage> images) {
        List<Descriptor> entries = new ArrayList<>();
        for (SavedImage image : images) {
            if (image.names().isEmpty()) {
                entries.add(bare(image.manifest()));
            }
            for (String name : image.names()) {
                Map<String, String> annotations = new LinkedHashMap<>();
                annotations.put(ArchiveNames.CONTAINERD, name);
                annotations.put(ArchiveNames.REF_NAME, name);
                Descriptor manifest = image.manifest();
                entries.add(
                        new Descriptor(
                                manifest.mediaType(),
                                manifest.digest(),
                                manifest.size(),
                                List.of(),
                                annotations));
            }
        }
        return entries;
    }

    private static Map<Digest, Descriptor> parts(List<SavedImage> images) {
        Map<Digest, Descriptor> parts = new TreeMap<>();
        for (SavedImage image : images) {
            parts.put(image.manifest().digest(), image.manifest());
            parts.put(image.document().config().digest(), image.document().config());
            image.document().layers().forEach(layer -> parts.put(layer.digest(), layer));
        }
        return parts;
    }

    private static Descriptor bare(Descriptor descriptor) {
        return new Descriptor(descriptor.mediaType(), descriptor.digest(), descriptor.size());
    }
}
