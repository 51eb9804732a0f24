/**
 * Commands in running containers: with collected output, or as streams that a client holds; and
 * streams to what a container runs anyway.
 */
@NullMarked
package io.gantry.runtime.exec;

import org.jspecify.annotations.NullMarked;
