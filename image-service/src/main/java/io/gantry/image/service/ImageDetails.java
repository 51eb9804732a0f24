package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything known of an image.
 *
 * @param manifest of this platform
 * @param config descriptor of its configuration
 * @param layers lowest first
 * @param history newest step first
 * @param use what it takes up, and who uses it
 * @param configJson its configuration as it was written; empty for an artifact, whose configuration
 *     may be anything
 */
public record ImageDetails(
        Image image,
        Descriptor manifest,
        Descriptor config,
        List<Layer> layers,
        List<Step> history,
        Use use,
        String configJson) {

    public ImageDetails {
        layers = List.copyOf(layers);
        history = List.copyOf(history);
    }

    /**
     * A layer.
     *
     * @param blob as it was received, packed or not
     * @param diffId digest of the blob unpacked
     * @param chainId of it and those below
     * @param bytes that its files take on disk
     * @param inodes number of its files
     */
    public record Layer(Descriptor blob, Digest diffId, Digest chainId, long bytes, long inodes) {}

    /**
     * A step of the build.
     *
     * @param created null: not said
     * @param layer what it made; null: it changed no file
     */
    public record Step(
            @Nullable Instant created,
            String createdBy,
            String author,
            String comment,
            @Nullable Layer layer) {

        /** Bytes on disk of what it made; 0 when it changed no file. */
        public long bytes() {
            return layer == null ? 0 : layer.bytes();
        }
    }

    /**
     * What an image takes up, all in bytes on disk.
     *
     * @param total packed blobs and unpacked layers
     * @param unique of these, what removing it would free now: what no other image, container or
     *     running work needs
     * @param containers ids of those made from it, of any owner
     */
    public record Use(long total, long unique, Set<String> containers) {
        public Use {
            containers = Set.copyOf(containers);
        }

        /** What it shares with others. */
        public long shared() {
            return total - unique;
        }
    }
}
