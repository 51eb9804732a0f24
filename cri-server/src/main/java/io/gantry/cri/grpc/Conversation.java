package io.gantry.cri.grpc;

import io.gantry.base.error.CancelledException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A streaming call as two blocking ends. One message waits on its way in while another is worked
 * on, and the way out waits for a slow client. One thread may send and another receive.
 */
final class Conversation<Q, R> extends ServerCall.Listener<Q>
        implements StreamCalls.Inbound<Q>, StreamCalls.Outbound<R> {

    private final ServerCall<Q, R> call;
    private final BlockingQueue<Optional<Q>> inbound = new LinkedBlockingQueue<>();
    private boolean asked;
    private boolean ended;
    private boolean headersSent;
    private volatile boolean cancelled;

    Conversation(ServerCall<Q, R> call) {
        this.call = call;
    }

    @Override
    public Optional<Q> next() throws InterruptedException {
        if (ended) {
            return Optional.empty();
        }
        // At first another: it comes while this one is worked on.
        call.request(asked ? 1 : 2);
        asked = true;
        Optional<Q> message = inbound.take();
        checkAlive();
        ended = message.isEmpty();
        return message;
    }

    @Override
    public void open() {
        checkAlive();
        if (!headersSent) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
    }

    @Override
    public void send(R message) throws InterruptedException {
        awaitReady();
        open();
        call.sendMessage(message);
    }

    /** Ends the call; for the thread that sends, once. */
    void close(Status status) {
        if (status.isOk() && !headersSent) {
            call.sendHeaders(new Metadata());
        }
        call.close(status, new Metadata());
    }

    @Override
    public void onMessage(Q message) {
        inbound.add(Optional.of(message));
    }

    @Override
    public void onHalfClose() {
        inbound.add(Optional.empty());
    }

    @Override
    public void onCancel() {
        cancelled = true;
        inbound.add(Optional.empty());
        wake();
    }

    @Override
    public void onReady() {
        wake();
    }

    private synchronized void wake() {
        notifyAll();
    }

    private synchronized void awaitReady() throws InterruptedException {
        checkAlive();
        // Before the headers are out, the transport is never ready.
        while (headersSent && !call.isReady()) {
            wait();
            checkAlive();
        }
    }

    private void checkAlive() {
        if (cancelled) {
            throw new CancelledException("the client went away");
        }
    }
}
