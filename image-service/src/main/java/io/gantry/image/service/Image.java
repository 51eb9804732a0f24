package io.gantry.image.service;

import io.gantry.image.content.Digest;
import io.gantry.image.manifest.ImageConfig;
import java.time.Instant;
import java.util.List;

/**
 * An image that is here, whole and unpacked.
 *
 * @param id digest of its configuration; of its manifest for an artifact, since many have the same
 *     configuration
 * @param manifestDigest digest of the manifest of this platform: the one that stands behind the
 *     name by which the image was looked up, else the one by which it came last
 * @param repoTags names with a tag, in full, as {@code docker.io/library/busybox:latest}; none once
 *     every tag has moved on
 * @param repoDigests names with the digest that they were pulled as
 * @param size bytes on disk: packed blobs and unpacked layers; layers shared with other images
 *     count in each
 * @param config what it says of itself
 * @param chainId of its topmost layer
 * @param layers chain ids of its layers, lowest first
 * @param pinned whether something other than a CRI container needs it: image collection leaves it
 * @param pulled when it came here
 * @param artifactType what it is when it is no container image; empty: it is one
 */
public record Image(
        Digest id,
        Digest manifestDigest,
        List<String> repoTags,
        List<String> repoDigests,
        long size,
        ImageConfig config,
        Digest chainId,
        List<Digest> layers,
        boolean pinned,
        Instant pulled,
        String artifactType) {

    public Image {
        repoTags = List.copyOf(repoTags);
        repoDigests = List.copyOf(repoDigests);
        layers = List.copyOf(layers);
    }

    /** A container image. */
    public Image(
            Digest id,
            Digest manifestDigest,
            List<String> repoTags,
            List<String> repoDigests,
            long size,
            ImageConfig config,
            Digest chainId,
            List<Digest> layers,
            boolean pinned,
            Instant pulled) {
        this(
                id,
                manifestDigest,
                repoTags,
                repoDigests,
                size,
                config,
                chainId,
                layers,
                pinned,
                pulled,
                "");
    }

    /** Whether it is files under names and no container image. */
    public boolean isArtifact() {
        return !artifactType.isEmpty();
    }

    /** The same image, as it came by another manifest. */
    Image by(Digest manifest) {
        return new Image(
                id,
                manifest,
                repoTags,
                repoDigests,
                size,
                config,
                chainId,
                layers,
                pinned,
                pulled,
                artifactType);
    }

    Image asPinned() {
        return new Image(
                id,
                manifestDigest,
                repoTags,
                repoDigests,
                size,
                config,
                chainId,
                layers,
                true,
                pulled,
                artifactType);
    }
}
