package io.gantry.image.metadata;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;

/**
 * A layer of a build as a blob.
 *
 * @param layer by the name that it has in the snapshotter
 * @param packing names the way of compression
 */
public record BuildBlobRow(Digest layer, String packing, Digest diffId, Descriptor blob) {}
