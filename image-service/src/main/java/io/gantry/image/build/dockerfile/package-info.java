/**
 * Dockerfiles as typed instructions: from text to stages of immutable records, and the expansion of
 * variables in these. Serves what Dockerfile frontend 1.26 does. No I/O: what an instruction needs
 * of images, contexts and root file systems is looked up by who executes it.
 */
@NullMarked
package io.gantry.image.build.dockerfile;

import org.jspecify.annotations.NullMarked;
