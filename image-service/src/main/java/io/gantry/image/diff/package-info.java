/**
 * Differences between file trees that are made of layers: a container's writable layer and what it
 * stands on, or two images. Reads what overlayfs left, mounts nothing.
 */
@NullMarked
package io.gantry.image.diff;

import org.jspecify.annotations.NullMarked;
