/** WebSocket messages as numbered channels, and as a tunnel for another protocol. */
@NullMarked
package io.gantry.cri.streaming.websocket;

import org.jspecify.annotations.NullMarked;
