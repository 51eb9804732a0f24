/**
 * What a container may do: capabilities by name, the default masked and read-only paths, the
 * default system call filter, and filters compiled by libseccomp.
 */
@NullMarked
package io.gantry.linux.security;

import org.jspecify.annotations.NullMarked;
