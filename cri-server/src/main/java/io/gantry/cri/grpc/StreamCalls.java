package io.gantry.cri.grpc;

import io.gantry.base.Tasks;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.cri.logging.RequestContext;
import io.grpc.Context;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.io.IOException;
import java.util.Optional;

/**
 * Makes gRPC handlers out of blocking functions that converse. Each call gets a virtual thread,
 * which is interrupted when the client goes away.
 */
final class StreamCalls {

    /** What the client sends. */
    interface Inbound<Q> {
        /**
         * Waits for the next message; empty once the client has no more.
         *
         * @throws io.gantry.base.error.CancelledException when the client went away
         */
        Optional<Q> next() throws InterruptedException;
    }

    /** What the client receives. */
    interface Outbound<R> {
        /**
         * Lets the client know that the call is taken, before there is a message.
         *
         * @throws io.gantry.base.error.CancelledException when the client went away
         */
        void open();

        /**
         * Sends a message, waiting while the client takes none.
         *
         * @throws io.gantry.base.error.CancelledException when the client went away
         */
        void send(R message) throws InterruptedException;
    }

    /** An endpoint that converses; when it returns the call is over. */
    @FunctionalInterface
    interface Dialogue<Q, R> {
        void run(Inbound<Q> in, Outbound<R> out) throws IOException, InterruptedException;
    }

    /** An endpoint that answers one request with many messages. */
    @FunctionalInterface
    interface Narration<Q, R> {
        void run(Q request, Outbound<R> out) throws IOException, InterruptedException;
    }

    /** Both sides stream. */
    <Q, R> ServerCallHandler<Q, R> dialogue(Dialogue<Q, R> endpoint) {
        return (call, _) -> {
            Conversation<Q, R> conversation = new Conversation<>(call);
            RequestContext request = CallContext.request();
            Runnable task =
                    Context.current().wrap(() -> request.run(() -> serve(endpoint, conversation)));
            Tasks.start(call.getMethodDescriptor().getBareMethodName() + "-call", task);
            return conversation;
        };
    }

    /** The server streams. */
    <Q, R> ServerCallHandler<Q, R> narration(Narration<Q, R> endpoint) {
        return dialogue((in, out) -> endpoint.run(first(in), out));
    }

    /** The message that a conversation opens with. */
    static <Q> Q first(Inbound<Q> in) throws InterruptedException {
        return in.next()
                .orElseThrow(() -> new InvalidArgumentException("the call carries no message"));
    }

    private static <Q, R> void serve(Dialogue<Q, R> endpoint, Conversation<Q, R> conversation) {
        Status status = Status.OK;
        try (Interruption _ = Interruption.ofThisThread()) {
            endpoint.run(conversation, conversation);
        } catch (Throwable e) {
            status = GrpcStatusMapper.toStatus(e);
        }
        conversation.close(status);
    }
}
