package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Manifest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A layer that an image needs.
 *
 * @param descriptor of the blob
 * @param diffId digest of the blob unpacked, as the configuration promises
 * @param below chain ids of the layers under it, lowest first
 * @param chainId its own
 */
record LayerPlan(Descriptor descriptor, Digest diffId, List<Digest> below, Digest chainId) {

    LayerPlan {
        below = List.copyOf(below);
    }

    /** The layers of an image, lowest first. */
    static List<LayerPlan> of(Manifest manifest, ImageConfig config) {
        List<LayerPlan> plans = new ArrayList<>();
        List<Digest> chain = new ArrayList<>();
        for (int i = 0; i < manifest.layers().size(); i++) {
            Digest diffId = config.diffIds().get(i);
            Digest chainId = chain.isEmpty() ? diffId : chained(chain.getLast(), diffId);
            plans.add(new LayerPlan(manifest.layers().get(i), diffId, chain, chainId));
            chain.add(chainId);
        }
        return plans;
    }

    /** OCI image-spec config.md, "Layer ChainID". */
    private static Digest chained(Digest below, Digest diffId) {
        return Digest.sha256((below + " " + diffId).getBytes(StandardCharsets.UTF_8));
    }
}
