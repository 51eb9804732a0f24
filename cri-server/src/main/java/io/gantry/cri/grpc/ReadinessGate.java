package io.gantry.cri.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/**
 * Refuses calls until the state of the last run is taken in, and once the daemon stops. Health and
 * reflection answer always.
 */
final class ReadinessGate implements ServerInterceptor {

    private static final String STANDARD_SERVICES = "grpc.";

    private volatile String refusal = "gantryd is starting";

    /** Lets calls through from now on. */
    void open() {
        refusal = "";
    }

    /** Refuses calls from now on; those that are under way go on. */
    void close() {
        refusal = "gantryd is stopping";
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String reason = refusal;
        String service = call.getMethodDescriptor().getServiceName();
        if (reason.isEmpty() || (service != null && service.startsWith(STANDARD_SERVICES))) {
            return next.startCall(call, headers);
        }
        call.close(Status.UNAVAILABLE.withDescription(reason), new Metadata());
        return new ServerCall.Listener<>() {};
    }
}
