/**
 * How results of steps are told to other nodes: {@link io.gantry.image.build.cache.CacheDocument}
 * lists them with the keys that lead to each. Values only.
 */
@NullMarked
package io.gantry.image.build.cache;

import org.jspecify.annotations.NullMarked;
