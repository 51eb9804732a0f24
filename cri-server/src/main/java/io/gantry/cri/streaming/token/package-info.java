/** What was asked for over gRPC and waits to be fetched over a streaming connection. */
@NullMarked
package io.gantry.cri.streaming.token;

import org.jspecify.annotations.NullMarked;
