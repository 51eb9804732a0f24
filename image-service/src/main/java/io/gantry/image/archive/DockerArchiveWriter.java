package io.gantry.image.archive;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.DockerArchive;
import io.gantry.image.manifest.DocumentWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes what {@code docker save} writes (Docker's image specification 1.2): for each layer a
 * directory with its plain tar, named by its chain id. Layers are unpacked twice, for a tar says
 * the size of a file before the file, and nothing is to be written aside.
 */
public final class DockerArchiveWriter {

    private static final byte[] VERSION = "1.0".getBytes(StandardCharsets.UTF_8);

    private final BlobSource blobs;

    /**
     * A writer.
     *
     * @param check called now and then, throws to end the writing
     */
    public DockerArchiveWriter(ContentStore content, Runnable check) {
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
        tar.file(ArchiveImages.DOCKER, DocumentWriter.dockerArchive(manifest(images)));
        tar.file("repositories", DocumentWriter.nested(repositories(images)));
        Set<Digest> written = new HashSet<>();
        for (SavedImage image : images) {
            Descriptor config = image.document().config();
            if (written.add(config.digest())) {
                tar.file(pathOf(config), config.size(), entry -> blobs.copy(config, entry));
            }
            for (int i = 0; i < image.chainIds().size(); i++) {
                if (written.add(image.chainIds().get(i))) {
                    writeLayer(image, i, tar);
                }
            }
        }
        tar.finish();
    }

    private void writeLayer(SavedImage image, int number, TarWriter tar) throws IOException {
        Descriptor layer = image.document().layers().get(number);
        Digest diffId = image.diffIds().get(number);
        String directory = image.chainIds().get(number).hex();
        long size = blobs.plainSize(layer, diffId);
        tar.directory(directory);
        tar.file(directory + "/VERSION", VERSION);
        tar.file(directory + "/json", legacy(image, number));
        tar.file(
                directory + "/layer.tar",
                size,
                entry -> {
                    long _ = blobs.unpack(layer, diffId, entry);
                });
    }

    /** What an engine from before manifest.json wants to know of a layer. */
    private static byte[] legacy(SavedImage image, int number) {
        Map<String, String> json = new LinkedHashMap<>();
        json.put("id", image.chainIds().get(number).hex());
        if (number > 0) {
            json.put("parent", image.chainIds().get(number - 1).hex());
        }
        json.put("created", "1970-01-01T00:00:00Z");
        json.put("os", image.platform().os());
        json.put("architecture", image.platform().architecture());
        return DocumentWriter.flat(json);
    }

    private static DockerArchive manifest(List<SavedImage> images) {
        List<DockerArchive.Entry> entries = new ArrayList<>();
        for (SavedImage image : images) {
            List<String> layers =
                    image.chainIds().stream().map(id -> id.hex() + "/layer.tar").toList();
            entries.add(
                    new DockerArchive.Entry(
                            pathOf(image.document().config()), image.names(), layers));
        }
        return new DockerArchive(entries);
    }

    private static Map<String, Map<String, String>> repositories(List<SavedImage> images) {
        Map<String, Map<String, String>> repositories = new TreeMap<>();
        for (SavedImage image : images) {
            if (image.chainIds().isEmpty()) {
                continue;
            }
            for (String name : image.names()) {
                int colon = name.lastIndexOf(':');
                repositories
                        .computeIfAbsent(name.substring(0, colon), r -> new TreeMap<>())
                        .put(name.substring(colon + 1), image.chainIds().getLast().hex());
            }
        }
        return repositories;
    }

    private static String pathOf(Descriptor config) {
        return config.digest().hex() + ".json";
    }
}
