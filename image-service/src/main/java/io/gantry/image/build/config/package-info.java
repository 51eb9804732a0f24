/**
 * The configuration of an image while a build makes it: what each instruction does to it, and the
 * history as Docker tells it. Pure.
 */
@NullMarked
package io.gantry.image.build.config;

import org.jspecify.annotations.NullMarked;
