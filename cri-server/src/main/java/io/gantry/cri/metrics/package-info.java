/** What the daemon counts of itself, in the text format that Prometheus scrapes. */
@NullMarked
package io.gantry.cri.metrics;

import org.jspecify.annotations.NullMarked;
