package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.snapshot.LayerInfo;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An image that is to be here: its documents are, its layers may not be yet.
 *
 * @param layers lowest first
 */
record ImagePlan(ImageSelection selection, List<LayerPlan> layers) implements Plan {

    /** What overlayfs stacks. */
    private static final int MAX_LAYERS = 500;

    ImagePlan {
        layers = List.copyOf(layers);
    }

    /**
     * Plans.
     *
     * @throws InvalidImageException when it has more layers than can be stacked
     */
    static ImagePlan of(ImageSelection selection, ImageConfig config) {
        List<LayerPlan> layers = LayerPlan.of(selection.manifest(), config);
        if (layers.size() > MAX_LAYERS) {
            throw new InvalidImageException(
                    "image "
                            + selection.descriptor().digest()
                            + " has "
                            + layers.size()
                            + " layers, more than "
                            + MAX_LAYERS);
        }
        return new ImagePlan(selection, layers);
    }

    @Override
    public List<Descriptor> parts() {
        return selection.manifest().layers();
    }

    @Override
    public void make(PullImage.Stores stores, LayerUnpacker unpacker, LayerUnpacker.Order order)
            throws IOException {
        new ParallelLayers(unpacker, order).make(layers);
    }

    @Override
    public void makeBlobs(PullImage.Stores stores, LayerUnpacker.Order order) throws IOException {
        new ParallelLayers(new BlobReceiver(stores.content()), order).make(layers);
    }

    @Override
    public void hold(Leases.Lease lease) {
        blobs().forEach(lease::hold);
        layers.forEach(layer -> lease.hold(layer.chainId()));
    }

    /** Every blob that it is made of: indexes, manifest, configuration, layers. */
    List<Digest> blobs() {
        List<Digest> blobs = new ArrayList<>();
        selection.indexes().forEach(index -> blobs.add(index.digest()));
        blobs.add(selection.descriptor().digest());
        blobs.add(selection.manifest().config().digest());
        layers.forEach(layer -> blobs.add(layer.descriptor().digest()));
        return blobs;
    }

    @Override
    public ImageRow row(Instant came) {
        return new ImageRow(
                selection.manifest().config().digest(),
                new ManifestRow(selection.root(), selection.descriptor().digest(), blobs()),
                layers.stream().map(LayerPlan::chainId).toList(),
                came);
    }

    @Override
    public List<LayerRow> layerRows(Snapshotter snapshotter) throws IOException {
        List<LayerRow> rows = new ArrayList<>();
        for (LayerPlan layer : layers) {
            LayerInfo info =
                    snapshotter
                            .find(layer.chainId())
                            .orElseThrow(
                                    () ->
                                            new IOException(
                                                    "layer " + layer.chainId() + " went away"));
            rows.add(
                    new LayerRow(
                            layer.chainId(),
                            layer.diffId(),
                            info.usage().bytes(),
                            info.usage().inodes()));
        }
        return rows;
    }
}
