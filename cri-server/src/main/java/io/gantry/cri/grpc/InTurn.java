package io.gantry.cri.grpc;

import io.gantry.cri.grpc.StreamCalls.Outbound;
import java.util.concurrent.locks.ReentrantLock;

/** A way to a client that several threads may use, one after the other. Thread-safe. */
final class InTurn<R> implements Outbound<R> {

    private final Outbound<R> out;
    private final ReentrantLock turn = new ReentrantLock();

    InTurn(Outbound<R> out) {
        this.out = out;
    }

    @Override
    public void open() {
        turn.lock();
        try {
            out.open();
        } finally {
            turn.unlock();
        }
    }

    @Override
    public void send(R message) throws InterruptedException {
        turn.lockInterruptibly();
        try {
            out.send(message);
        } finally {
            turn.unlock();
        }
    }
}
