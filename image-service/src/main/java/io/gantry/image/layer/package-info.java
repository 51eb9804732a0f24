/**
 * Layers: from the compressed tar of a registry to a directory that overlayfs can stack. One pass
 * takes the bytes through decompression, the DiffId and the tar reader to the kernel, with every
 * path confined to the layer's directory. Names of tar entries are byte strings: one char per byte,
 * so that names in any encoding survive.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/layer.md">OCI layers</a>
 */
@NullMarked
package io.gantry.image.layer;

import org.jspecify.annotations.NullMarked;
