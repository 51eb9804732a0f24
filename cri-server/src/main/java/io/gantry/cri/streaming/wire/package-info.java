/**
 * The bytes of a streaming connection, whatever carries them: blocking streams for sessions over
 * channels that never block, with bounds in both directions.
 */
@NullMarked
package io.gantry.cri.streaming.wire;

import org.jspecify.annotations.NullMarked;
