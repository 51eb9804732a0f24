/**
 * Where in a Dockerfile something stands, and how its errors show it: text by lines, places,
 * excerpts with the offending part marked, and suggestions of what may have been meant. No I/O.
 */
@NullMarked
package io.gantry.image.build.source;

import org.jspecify.annotations.NullMarked;
