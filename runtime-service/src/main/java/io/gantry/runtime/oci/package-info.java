/**
 * Installed OCI runtimes, as runc and crun: what they are called with, what they are handed, and
 * what they say when they fail.
 */
@NullMarked
package io.gantry.runtime.oci;

import org.jspecify.annotations.NullMarked;
