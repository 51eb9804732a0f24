/**
 * The streaming server of the CRI: a kubelet asks over gRPC for an URL, and whoever connects to it
 * has the streams of a process or the ports of a pod, over SPDY/3.1 or WebSocket.
 */
@NullMarked
package io.gantry.cri.streaming;

import org.jspecify.annotations.NullMarked;
