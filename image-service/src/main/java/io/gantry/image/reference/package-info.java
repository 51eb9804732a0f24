/**
 * Names of images as users write them, brought into one form (the grammar of the OCI distribution
 * specification with Docker's short names). No I/O; what a name leads to is the registry's affair.
 */
@NullMarked
package io.gantry.image.reference;

import org.jspecify.annotations.NullMarked;
