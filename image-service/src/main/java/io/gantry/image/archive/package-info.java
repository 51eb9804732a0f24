/**
 * Images in tar archives: {@code docker save}'s and OCI image layouts, read and written as streams.
 * Knows what the files of an archive mean; what becomes of the images is for its users.
 */
@NullMarked
package io.gantry.image.archive;

import org.jspecify.annotations.NullMarked;
