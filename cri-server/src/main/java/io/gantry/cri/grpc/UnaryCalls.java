package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.UnimplementedException;
import io.grpc.ServerCallHandler;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;

/**
 * Makes gRPC handlers out of plain blocking functions. The server calls them on a virtual thread
 * each, so they may wait as they like.
 */
final class UnaryCalls {

    private final Clock clock;

    UnaryCalls(Clock clock) {
        this.clock = clock;
    }

    /** An endpoint: one request in, one response out; failures are exceptions. */
    @FunctionalInterface
    interface Endpoint<Q, R> {
        /**
         * Serves a request.
         *
         * @param deadline until when the client waits
         */
        R call(Q request, Deadline deadline) throws IOException, InterruptedException;
    }

    /**
     * A call that changes something. It sees the client's deadline, but a client that goes away
     * does not tear it: what it began ends whole or is undone.
     */
    <Q, R> ServerCallHandler<Q, R> unary(Endpoint<Q, R> endpoint) {
        return ServerCalls.asyncUnaryCall(
                (request, out) -> CallContext.request().run(() -> answer(endpoint, request, out)));
    }

    /** A call that only waits for something, interrupted when its client goes away. */
    <Q, R> ServerCallHandler<Q, R> interruptible(Endpoint<Q, R> endpoint) {
        return unary(
                (request, deadline) -> {
                    try (Interruption _ = Interruption.ofThisThread()) {
                        return endpoint.call(request, deadline);
                    }
                });
    }

    /** A list in batches of {@code size} elements; an empty one is no batch at all. */
    <Q, E, R> ServerCallHandler<Q, R> batches(
            Endpoint<Q, List<E>> endpoint, int size, Function<List<E>, R> toBatch) {
        return ServerCalls.asyncServerStreamingCall(
                (request, out) ->
                        CallContext.request()
                                .run(() -> answer(endpoint, request, size, toBatch, out)));
    }

    /** A call that is not there yet; {@code sentence} names it and says what to use. */
    <Q, R> ServerCallHandler<Q, R> unimplemented(String sentence) {
        return unary(
                (_, _) -> {
                    throw new UnimplementedException(sentence);
                });
    }

    /** As {@link #unimplemented}, of a call that streams. */
    <Q, R> ServerCallHandler<Q, R> unimplementedStream(String sentence) {
        return ServerCalls.asyncServerStreamingCall(
                (_, out) ->
                        out.onError(
                                GrpcStatusMapper.toStatus(new UnimplementedException(sentence))
                                        .asRuntimeException()));
    }

    private <Q, R> void answer(Endpoint<Q, R> endpoint, Q request, StreamObserver<R> out) {
        R response;
        try {
            response = endpoint.call(request, CallContext.deadline(clock));
        } catch (Throwable e) {
            out.onError(GrpcStatusMapper.toStatus(e).asRuntimeException());
            return;
        }
        out.onNext(response);
        out.onCompleted();
    }

    private <Q, E, R> void answer(
            Endpoint<Q, List<E>> endpoint,
            Q request,
            int size,
            Function<List<E>, R> toBatch,
            StreamObserver<R> out) {
        try {
            List<E> all = endpoint.call(request, CallContext.deadline(clock));
            for (int from = 0; from < all.size(); from += size) {
                out.onNext(toBatch.apply(all.subList(from, Math.min(all.size(), from + size))));
            }
        } catch (Throwable e) {
            out.onError(GrpcStatusMapper.toStatus(e).asRuntimeException());
            return;
        }
        out.onCompleted();
    }
}
