/** SPDY/3.1, as the streams of Kubernetes use it: the server's side of a connection. */
@NullMarked
package io.gantry.cri.streaming.spdy;

import org.jspecify.annotations.NullMarked;
