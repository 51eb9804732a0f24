package io.gantry.image.archive;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.archive.ArchiveFiles.Stored;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.layer.Compression;
import io.gantry.image.manifest.DockerArchive;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.DocumentWriter;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Finds the images among the files of an archive. */
final class ArchiveImages {

    static final String OCI_INDEX = "index.json";
    static final String OCI_LAYOUT = "oci-layout";
    static final String DOCKER = "manifest.json";

    private static final int SNIFFED = 4;

    private final ArchiveFiles files;
    private final ContentStore content;
    private final Consumer<Digest> hold;

    ArchiveImages(ArchiveFiles files, ContentStore content, Consumer<Digest> hold) {
        this.files = files;
        this.content = content;
        this.hold = hold;
    }

    /**
     * The images. A layout counts where there are both, since it keeps the digests of manifests.
     *
     * @throws InvalidArgumentException when the archive has none of either kind
     */
    List<ArchivedImage> list() throws IOException {
        Optional<byte[]> index = files.text(OCI_INDEX);
        Optional<byte[]> docker = files.text(DOCKER);
        try {
            if (index.isPresent()) {
                return layout(index.get());
            }
            if (docker.isPresent()) {
                return docker(docker.get());
            }
        } catch (InvalidImageException e) {
            throw new InvalidArchiveException("archive: " + e.getMessage(), e);
        }
        throw new InvalidArgumentException(
                "this is no archive of images: it has neither " + OCI_INDEX + " nor " + DOCKER);
    }

    private List<ArchivedImage> layout(byte[] bytes) {
        Document document = Document.parse(OCI_INDEX, MediaType.OCI_INDEX, bytes);
        if (!(document instanceof Index index)) {
            throw new InvalidArchiveException(OCI_INDEX + " is no index");
        }
        Map<Descriptor, List<String>> roots = new LinkedHashMap<>();
        for (Index.Entry entry : fitting(index)) {
            Descriptor root = entry.descriptor();
            files.blob(ArchivePath.ofBlob(root.digest()), OCI_INDEX);
            Descriptor bare = new Descriptor(root.mediaType(), root.digest(), root.size());
            List<String> names = roots.computeIfAbsent(bare, d -> new ArrayList<>());
            ArchiveNames.of(root.annotations()).ifPresent(names::add);
        }
        List<ArchivedImage> images = new ArrayList<>();
        roots.forEach((root, names) -> images.add(new ArchivedImage(root, names, files.digests())));
        return images;
    }

    /** The images that this node can run; of one name for several platforms the best. */
    private static List<Index.Entry> fitting(Index index) {
        Map<String, Index.Entry> best = new LinkedHashMap<>();
        Map<String, Integer> distances = new LinkedHashMap<>();
        Set<String> others = new TreeSet<>();
        for (Index.Entry entry : index.entries()) {
            OptionalInt distance = distance(entry);
            if (distance.isEmpty()) {
                others.add(String.valueOf(entry.platform()));
                continue;
            }
            String key =
                    ArchiveNames.of(entry.descriptor().annotations())
                            .orElse(entry.descriptor().digest().toString());
            if (distance.getAsInt() < distances.getOrDefault(key, Integer.MAX_VALUE)) {
                distances.put(key, distance.getAsInt());
                best.put(key, entry);
            }
        }
        if (best.isEmpty()) {
            throw new NotFoundException(
                    "the archive has no image for platform "
                            + Platform.host()
                            + (others.isEmpty() ? "" : ", only for " + String.join(", ", others)));
        }
        return List.copyOf(best.values());
    }

    private static OptionalInt distance(Index.Entry entry) {
        String mediaType = entry.descriptor().mediaType();
        Platform platform = entry.platform();
        if (!MediaType.isIndex(mediaType) && !MediaType.isManifest(mediaType)) {
            return OptionalInt.empty();
        }
        if (platform == null || platform.os().isEmpty()) {
            return OptionalInt.of(Integer.MAX_VALUE - 1);
        }
        return platform.distanceFrom(Platform.host());
    }

    private List<ArchivedImage> docker(byte[] bytes) throws IOException {
        List<ArchivedImage> images = new ArrayList<>();
        for (DockerArchive.Entry entry : DockerArchive.parse(bytes).images()) {
            Stored config = files.blob(entry.config(), DOCKER);
            List<Descriptor> layers = new ArrayList<>();
            for (String path : entry.layers()) {
                layers.add(layer(files.blob(path, DOCKER)));
            }
            byte[] manifest =
                    DocumentWriter.manifest(
                            new Descriptor(MediaType.OCI_CONFIG, config.digest(), config.size()),
                            layers);
            Descriptor root = Descriptor.of(MediaType.OCI_MANIFEST, manifest);
            hold.accept(root.digest());
            content.put(root, manifest, Deadline.never(Clock.SYSTEM));
            Set<Digest> parts = files.digests();
            parts.add(root.digest());
            images.add(new ArchivedImage(root, ArchiveNames.ofTags(entry.repoTags()), parts));
        }
        if (images.isEmpty()) {
            throw new InvalidArgumentException("the archive has no image: " + DOCKER + " is empty");
        }
        return images;
    }

    private Descriptor layer(Stored blob) throws IOException {
        byte[] head;
        try (InputStream in = content.open(blob.digest())) {
            head = in.readNBytes(SNIFFED);
        }
        String mediaType =
                switch (Compression.sniff(head, head.length)) {
                    case NONE -> MediaType.OCI_LAYER;
                    case GZIP -> MediaType.OCI_LAYER_GZIP;
                    case ZSTD -> MediaType.OCI_LAYER_ZSTD;
                };
        return new Descriptor(mediaType, blob.digest(), blob.size());
    }
}
