/**
 * Which images, layers and root file systems there are, in SQLite. A row is written after what it
 * names is durable and deleted before that is; so what has no row is rubbish.
 */
@NullMarked
package io.gantry.image.metadata;

import org.jspecify.annotations.NullMarked;
