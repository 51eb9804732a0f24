/**
 * What a Dockerfile means for one build: scopes of arguments, the graph of stages, what of it a
 * target needs, and where stages and files come from. Pure: images and contexts are names here.
 */
@NullMarked
package io.gantry.image.build.stage;

import org.jspecify.annotations.NullMarked;
