/**
 * Which files of a build's context are left out: ignore files as Docker reads them. Pure; matching
 * takes time in proportion to path and pattern, whatever these are.
 */
@NullMarked
package io.gantry.image.build.ignore;

import org.jspecify.annotations.NullMarked;
