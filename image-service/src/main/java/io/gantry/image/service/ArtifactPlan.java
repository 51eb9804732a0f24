package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.ArtifactFiles;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.snapshot.LayerInfo;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.snapshot.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * An artifact that is to be here: its blobs as they come, and one layer in which they have their
 * names.
 *
 * @param files blobs by their paths
 */
record ArtifactPlan(ImageSelection selection, SortedMap<String, Digest> files) implements Plan {

    /**
     * Plans.
     *
     * @throws InvalidImageException when a name of a file cannot be one
     */
    static ArtifactPlan of(ImageSelection selection) {
        return new ArtifactPlan(selection, ArtifactFiles.of(selection.manifest()));
    }

    /** The layer with the names, which is no other layer's id: that is a digest of an archive. */
    private Digest tree() {
        String text = "artifact " + selection.descriptor().digest();
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public List<Descriptor> parts() {
        Map<Digest, Descriptor> parts = new LinkedHashMap<>();
        Manifest manifest = selection.manifest();
        parts.put(manifest.config().digest(), manifest.config());
        manifest.layers().forEach(layer -> parts.putIfAbsent(layer.digest(), layer));
        return List.copyOf(parts.values());
    }

    @Override
    public void hold(Leases.Lease lease) {
        blobs().forEach(lease::hold);
        lease.hold(tree());
    }

    @Override
    public void make(PullImage.Stores stores, LayerUnpacker unpacker, LayerUnpacker.Order order)
            throws IOException {
        List<LayerPlan> blobs =
                parts().stream()
                        .map(part -> new LayerPlan(part, part.digest(), List.of(), part.digest()))
                        .toList();
        new ParallelLayers(new BlobReceiver(stores.content()), order).make(blobs);
        stores.snapshotter().link(tree(), files, stores.content());
    }

    /** There are no others. */
    @Override
    public void makeBlobs(PullImage.Stores stores, LayerUnpacker.Order order) {}

    @Override
    public ImageRow row(Instant came) {
        Digest manifest = selection.descriptor().digest();
        ManifestRow way = new ManifestRow(selection.root(), manifest, blobs());
        return new ImageRow(manifest, way, List.of(tree()), came);
    }

    @Override
    public List<LayerRow> layerRows(Snapshotter snapshotter) throws IOException {
        Usage usage =
                snapshotter
                        .find(tree())
                        .map(LayerInfo::usage)
                        .orElseThrow(() -> new IOException("layer " + tree() + " went away"));
        return List.of(new LayerRow(tree(), tree(), usage.bytes(), usage.inodes()));
    }

    private List<Digest> blobs() {
        List<Digest> blobs = new ArrayList<>();
        selection.indexes().forEach(index -> blobs.add(index.digest()));
        blobs.add(selection.descriptor().digest());
        parts().forEach(part -> blobs.add(part.digest()));
        return blobs;
    }
}
