/**
 * The files of builds: trees that are read ({@link io.gantry.image.build.tree.SourceTree}), what of
 * them COPY and ADD mean, its hash without times, and the layer that it is written to ({@link
 * io.gantry.image.build.tree.LayerDraft}). No path is followed out of its tree, whether it is read
 * or written. Paths are byte strings: one char for each byte.
 */
@NullMarked
package io.gantry.image.build.tree;

import org.jspecify.annotations.NullMarked;
