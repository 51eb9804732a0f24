package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.cri.logging.RequestContext;
import io.grpc.Context;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** What travels with a call on its gRPC context. */
final class CallContext {

    static final Context.Key<RequestContext> REQUEST = Context.key("gantry-request");

    private static final RequestContext NO_REQUEST = new RequestContext("-");

    private CallContext() {}

    static RequestContext request() {
        RequestContext request = REQUEST.get();
        return request == null ? NO_REQUEST : request;
    }

    /** Until when the client of the current call waits. */
    static Deadline deadline(Clock clock) {
        io.grpc.Deadline deadline = Context.current().getDeadline();
        return deadline == null
                ? Deadline.never(clock)
                : Deadline.after(
                        Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS))),
                        clock);
    }
}
