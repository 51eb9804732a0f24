/**
 * Directories of layers, and root file systems stacked from them by overlayfs. A layer is unpacked
 * beside the others and takes its place by a rename; what goes is renamed away first, so that a
 * crash leaves nothing half made or half removed in a place that counts.
 */
@NullMarked
package io.gantry.image.snapshot;

import org.jspecify.annotations.NullMarked;
