package io.gantry.image.service;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.service.ImageDetails.Layer;
import io.gantry.image.service.ImageDetails.Step;
import io.gantry.image.service.ImageDetails.Use;
import io.gantry.image.snapshot.LayerInfo;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.snapshot.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what images say of themselves out of the content store. */
final class Inspector implements ImageInspector {

    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final Catalog catalog;
    private final UseCounter counter;

    Inspector(PullImage.Stores stores, UseCounter counter) {
        this.content = stores.content();
        this.snapshotter = stores.snapshotter();
        this.catalog = stores.catalog();
        this.counter = counter;
    }

    @Override
    public ImageDetails inspect(String nameOrId) {
        Image image = catalog.get(nameOrId);
        try {
            Manifest manifest = catalog.manifest(image);
            long size = content.find(image.manifestDigest()).orElse(0);
            byte[] config =
                    image.isArtifact()
                            ? new byte[0]
                            : content.read(image.id(), ImageConfig.MAX_BYTES);
            List<Layer> layers =
                    image.isArtifact() ? files(image, manifest) : layers(image, manifest);
            return new ImageDetails(
                    image,
                    new Descriptor(manifest.mediaType(), image.manifestDigest(), size),
                    manifest.config(),
                    layers,
                    history(image.config(), layers),
                    use(image),
                    new String(config, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw Failures.of("inspect image " + nameOrId, e);
        }
    }

    /** Blobs of an artifact take their space packed only. */
    private static List<Layer> files(Image image, Manifest manifest) {
        return manifest.layers().stream()
                .map(blob -> new Layer(blob, blob.digest(), image.chainId(), 0, 1))
                .toList();
    }

    private List<Layer> layers(Image image, Manifest manifest) throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < image.layers().size(); i++) {
            Digest chainId = image.layers().get(i);
            Usage usage = snapshotter.find(chainId).map(LayerInfo::usage).orElse(Usage.NOTHING);
            layers.add(
                    new Layer(
                            manifest.layers().get(i),
                            image.config().diffIds().get(i),
                            chainId,
                            usage.bytes(),
                            usage.inodes()));
        }
        return layers;
    }

    /**
     * A history that does not tell of every layer, or of more than there are, is nobody's fault.
     */
    private static List<Step> history(ImageConfig config, List<Layer> layers) {
        List<Step> steps = new ArrayList<>();
        int made = 0;
        for (ImageConfig.History step : config.history()) {
            boolean hasLayer = !step.emptyLayer() && made < layers.size();
            steps.add(step(step, hasLayer ? layers.get(made) : null));
            made += hasLayer ? 1 : 0;
        }
        for (Layer untold : layers.subList(made, layers.size())) {
            steps.add(new Step(null, "", "", "", untold));
        }
        return steps.reversed();
    }

    private static Step step(ImageConfig.History step, @Nullable Layer layer) {
        return new Step(step.created(), step.createdBy(), step.author(), step.comment(), layer);
    }

    private Use use(Image image) throws IOException {
        Use use = counter.uses().get(image.id());
        return use == null ? new Use(image.size(), 0, Set.of()) : use;
    }
}
