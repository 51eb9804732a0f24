package io.gantry.cri.grpc;

import io.grpc.Context;
import java.util.concurrent.Executor;

/**
 * Interrupts the thread that opened it when its call is cancelled or its client's deadline comes;
 * never after it is closed.
 */
final class Interruption implements AutoCloseable {

    private static final Executor DIRECT = Runnable::run;

    private final Context context = Context.current();
    private final Thread worker = Thread.currentThread();
    private final Context.CancellationListener listener = _ -> interrupt();
    private boolean over;

    private Interruption() {}

    static Interruption ofThisThread() {
        Interruption interruption = new Interruption();
        interruption.context.addListener(interruption.listener, DIRECT);
        return interruption;
    }

    private synchronized void interrupt() {
        if (!over) {
            worker.interrupt();
        }
    }

    @Override
    public void close() {
        context.removeListener(listener);
        synchronized (this) {
            over = true;
        }
        // A flag that came too late must not meet what the thread does next.
        boolean _ = Thread.interrupted();
    }
}
