/**
 * From what a client asks and an image brings to the OCI specification of a container: pure
 * functions, no kernel and no files of the node but those they are handed.
 */
@NullMarked
package io.gantry.runtime.spec;

import org.jspecify.annotations.NullMarked;
