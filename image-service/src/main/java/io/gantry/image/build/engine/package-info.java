/**
 * Executes builds: stages side by side, their instructions in order, each file-changing one either
 * found among earlier results or made as a layer of its own. What is written is exported once, at
 * the end.
 */
@NullMarked
package io.gantry.image.build.engine;

import org.jspecify.annotations.NullMarked;
