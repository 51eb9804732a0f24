package io.gantry.image.archive;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.manifest.DockerArchive;
import io.gantry.image.manifest.DocumentWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Archives of images, good ones and others, put together by hand. */
public final class ArchiveBuilder {

    private final TarBuilder tar = new TarBuilder();
    private final List<Descriptor> roots = new ArrayList<>();
    private final List<DockerArchive.Entry> entries = new ArrayList<>();

    public ArchiveBuilder() {}

    /** A configuration for layers of these diff ids. */
    public static byte[] config(List<Digest> diffIds) {
        StringBuilder ids = new StringBuilder();
        diffIds.forEach(id -> ids.append(ids.isEmpty() ? "\"" : ",\"").append(id).append('"'));
        return ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":"
                        + "{\"type\":\"layers\",\"diff_ids\":["
                        + ids
                        + "]}}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Adds an entry of any kind. */
    public ArchiveBuilder file(String name, byte[] bytes) {
        tar.entry('0', name, e -> e.content = bytes);
        return this;
    }

    /** The tar that is being built, for what no decent archive has. */
    public TarBuilder tar() {
        return tar;
    }

    /** Adds a blob to the layout. */
    public Descriptor blob(String mediaType, byte[] bytes) {
        Descriptor descriptor = Descriptor.of(mediaType, bytes);
        file(ArchivePath.ofBlob(descriptor.digest()), bytes);
        return descriptor;
    }

    /** Adds an image of plain layers to the layout. */
    public Descriptor image(String name, List<byte[]> layers) {
        List<Descriptor> blobs = new ArrayList<>();
        layers.forEach(layer -> blobs.add(blob(MediaType.OCI_LAYER, layer)));
        Descriptor config =
                blob(MediaType.OCI_CONFIG, config(blobs.stream().map(Descriptor::digest).toList()));
        Descriptor root = blob(MediaType.OCI_MANIFEST, DocumentWriter.manifest(config, blobs));
        return root(root, name);
    }

    /** Adds an entry to the index. */
    public Descriptor root(Descriptor root, String name) {
        roots.add(
                new Descriptor(
                        root.mediaType(),
                        root.digest(),
                        root.size(),
                        List.of(),
                        name.isEmpty() ? Map.of() : Map.of(ArchiveNames.REF_NAME, name)));
        return root;
    }

    /** The layout with its index at the end, where podman has it. */
    public byte[] layout() {
        file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
        file("index.json", DocumentWriter.index(roots));
        return tar.build();
    }

    /** Adds an image in Docker's manner: files by any names. */
    public ArchiveBuilder docker(String config, List<String> names, List<String> layers) {
        entries.add(new DockerArchive.Entry(config, names, layers));
        return this;
    }

    /** The archive with manifest.json at the end. */
    public byte[] docker() {
        file("manifest.json", DocumentWriter.dockerArchive(new DockerArchive(entries)));
        return tar.build();
    }
}
