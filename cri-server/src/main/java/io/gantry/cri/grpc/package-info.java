/**
 * The gRPC edge: endpoints are plain functions from request to response; {@link
 * io.gantry.cri.grpc.UnaryCalls} and {@link io.gantry.cri.grpc.StreamCalls} run them on virtual
 * threads, and {@link io.gantry.cri.grpc.GrpcStatusMapper} turns failures into status codes.
 * Nothing outside this package knows of gRPC.
 */
@NullMarked
package io.gantry.cri.grpc;

import org.jspecify.annotations.NullMarked;
