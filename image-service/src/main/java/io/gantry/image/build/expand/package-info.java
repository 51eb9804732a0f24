/**
 * Expansion of variables, quotes and escapes in a Dockerfile's words, as a shell would do it but
 * for what Dockerfiles leave out. Pure; bounded in time, depth and size whatever the input.
 */
@NullMarked
package io.gantry.image.build.expand;

import org.jspecify.annotations.NullMarked;
