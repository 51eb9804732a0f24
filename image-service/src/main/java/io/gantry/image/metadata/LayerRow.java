package io.gantry.image.metadata;

import io.gantry.image.content.Digest;

/**
 * An unpacked layer.
 *
 * @param bytes space that its files take
 * @param inodes number of its files
 */
public record LayerRow(Digest chainId, Digest diffId, long bytes, long inodes) {}
