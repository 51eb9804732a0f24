package io.gantry.e2e.harness;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Adds what the daemon is at to the failure of a call that it left without an answer. Shorter
 * deadlines are a scenario's own.
 */
final class Unanswered implements ClientInterceptor {

    private final Duration limit;
    private final Supplier<String> threads;

    Unanswered(Duration limit, Supplier<String> threads) {
        this.limit = limit;
        this.threads = threads;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
            MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        long start = System.nanoTime();
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
                super.start(
                        new SimpleForwardingClientCallListener<>(listener) {
                            @Override
                            public void onClose(Status status, Metadata trailers) {
                                super.onClose(told(status, method, start), trailers);
                            }
                        },
                        headers);
            }
        };
    }

    private Status told(Status status, MethodDescriptor<?, ?> method, long start) {
        Duration taken = Duration.ofNanos(System.nanoTime() - start);
        if (status.getCode() != Status.Code.DEADLINE_EXCEEDED
                || taken.compareTo(limit.minusSeconds(1)) < 0) {
            return status;
        }
        return status.augmentDescription(
                method.getBareMethodName() + " has no answer; threads at work:\n" + threads.get());
    }
}
