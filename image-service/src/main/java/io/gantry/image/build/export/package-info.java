/**
 * Layers and documents of built images: the directory that overlayfs left becomes a layer tar and a
 * blob, the same bytes for the same files, and configuration and manifest are written for it.
 */
@NullMarked
package io.gantry.image.build.export;

import org.jspecify.annotations.NullMarked;
