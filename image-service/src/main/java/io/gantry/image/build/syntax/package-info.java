/**
 * A Dockerfile as text: lines are joined to instructions, comments and directives taken out,
 * heredocs read, flags and words split. What an instruction means is not known here. No I/O.
 */
@NullMarked
package io.gantry.image.build.syntax;

import org.jspecify.annotations.NullMarked;
