/**
 * Devices as their vendors describe them in files (Container Device Interface 1.1): reading such a
 * description, and finding what the named devices ask of a container. Pure: files are read
 * elsewhere.
 */
@NullMarked
package io.gantry.runtime.cdi;

import org.jspecify.annotations.NullMarked;
