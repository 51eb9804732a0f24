/**
 * The build checks: what in a Dockerfile is allowed, but hardly meant. The checks are those that
 * Docker's frontend 1.26 has, by name; a file switches them by {@code # check=}. Pure.
 */
@NullMarked
package io.gantry.image.build.check;

import org.jspecify.annotations.NullMarked;
