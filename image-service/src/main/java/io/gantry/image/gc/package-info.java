/**
 * Removal of what nothing refers to: blobs and layers that no image, no container's root file
 * system and no running pull needs.
 */
@NullMarked
package io.gantry.image.gc;

import org.jspecify.annotations.NullMarked;
