package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.cri.logging.RequestContext;
import io.gantry.cri.metrics.CallTimes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Gives each call an id and logs its end: what was called, about what, how long it took, how it
 * ended. Never a request as a whole, for it may carry secrets.
 */
final class CallLog implements ServerInterceptor {

    private static final Logger log = LoggerFactory.getLogger(CallLog.class);

    private final Clock clock;
    private final AtomicLong ids = new AtomicLong();

    private final CallTimes times;

    CallLog(Clock clock, CallTimes times) {
        this.clock = clock;
        this.times = times;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        RequestContext request = new RequestContext("r" + ids.incrementAndGet());
        LoggedCall<Q, R> logged = new LoggedCall<>(call, request, clock, times);
        times.began(call.getMethodDescriptor().getFullMethodName());
        Context context = Context.current().withValue(CallContext.REQUEST, request);
        ServerCall.Listener<Q> listener = Contexts.interceptCall(context, logged, headers, next);
        return new SimpleForwardingServerCallListener<>(listener) {
            @Override
            public void onMessage(Q message) {
                logged.started(message);
                super.onMessage(message);
            }

            @Override
            public void onCancel() {
                logged.count(Status.Code.CANCELLED);
                super.onCancel();
            }
        };
    }

    private static final class LoggedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {

        private final RequestContext request;
        private final Clock clock;
        private final CallTimes times;
        private final AtomicBoolean ended = new AtomicBoolean();
        private final long startNanos;
        private final boolean poll;
        private final Map<String, String> subjects = new ConcurrentHashMap<>();
        private boolean startLogged;

        LoggedCall(ServerCall<Q, R> call, RequestContext request, Clock clock, CallTimes times) {
            super(call);
            this.times = times;
            this.request = request;
            this.clock = clock;
            this.startNanos = clock.nanoTime();
            this.poll = CallSubjects.isPoll(name());
        }

        void started(Q message) {
            if (!startLogged) {
                startLogged = true;
                subjects.putAll(CallSubjects.of(message));
                request.run(() -> event(Level.DEBUG).log("call"));
            }
        }

        @Override
        public void sendMessage(R message) {
            if (!poll) {
                CallSubjects.of(message).forEach(subjects::putIfAbsent);
            }
            super.sendMessage(message);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            // Read before the transport closes the call, which cancels it.
            Status seen = isCancelled() && !status.isOk() ? Status.CANCELLED : status;
            // Counted first: who has the answer finds the call among those that ended.
            count(seen.getCode());
            super.close(status, trailers);
            request.run(() -> logEnd(seen, status));
        }

        /** A call that its client has left may end twice: cancelled, and by who served it. */
        void count(Status.Code code) {
            if (ended.compareAndSet(false, true)) {
                times.ended(
                        getMethodDescriptor().getFullMethodName(),
                        code.name(),
                        clock.nanoTime() - startNanos);
            }
        }

        private void logEnd(Status seen, Status given) {
            long millis = TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - startNanos);
            LoggingEventBuilder event =
                    event(level(seen.getCode()))
                            .addKeyValue("code", seen.getCode())
                            .addKeyValue("millis", millis);
            if (!given.isOk()) {
                event = event.addKeyValue("error", given.getDescription());
            }
            if (seen.getCode() == Status.Code.INTERNAL) {
                event = event.setCause(given.getCause());
            }
            event.log(given.isOk() ? "call ended" : "call failed");
        }

        private Level level(Status.Code code) {
            return switch (code) {
                case OK -> poll ? Level.DEBUG : Level.INFO;
                case INTERNAL, DATA_LOSS -> Level.ERROR;
                case CANCELLED, UNIMPLEMENTED -> Level.DEBUG;
                case NOT_FOUND -> poll ? Level.DEBUG : Level.WARN;
                default -> Level.WARN;
            };
        }

        private LoggingEventBuilder event(Level level) {
            LoggingEventBuilder event = log.atLevel(level).addKeyValue("method", name());
            for (Map.Entry<String, String> subject : subjects.entrySet()) {
                event = event.addKeyValue(subject.getKey(), subject.getValue());
            }
            return event;
        }

        private String name() {
            String name = getMethodDescriptor().getBareMethodName();
            return name == null ? getMethodDescriptor().getFullMethodName() : name;
        }
    }
}
