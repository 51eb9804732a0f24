package io.gantry.cri.grpc;

import io.gantry.base.error.UnavailableException;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.proto.build.BuildRequest;
import io.gantry.proto.build.BuildResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Files that a build comes to need while it runs: who wants some has the turn, and gets what the
 * client says of files meanwhile. Thread-safe.
 */
final class LateFiles {

    private final ReentrantLock turn = new ReentrantLock();
    private final BlockingQueue<BuildRequest> arrived = new ArrayBlockingQueue<>(2);
    private final Consumer<BuildResponse> outgoing;
    private volatile boolean wanted;
    private volatile boolean ended;

    LateFiles(Consumer<BuildResponse> outgoing) {
        this.outgoing = outgoing;
    }

    /** Says what is wanted and takes it in. */
    @FunctionalInterface
    interface Exchange {
        void perform(Inbound<BuildRequest> in, Outbound<BuildResponse> out)
                throws IOException, InterruptedException;
    }

    /** Has a turn. */
    void exchange(Exchange exchange) throws IOException, InterruptedException {
        turn.lockInterruptibly();
        try {
            wanted = true;
            exchange.perform(this::next, new Sending(outgoing));
        } finally {
            wanted = false;
            arrived.clear();
            turn.unlock();
        }
    }

    /** Takes a message of the client's, once there is room; what nobody wants is dropped. */
    void offer(BuildRequest message) throws InterruptedException {
        while (wanted && !arrived.offer(message, 1, TimeUnit.SECONDS)) {
            // Whoever writes it is slow, or has failed.
        }
    }

    /** Nothing comes any more. */
    void end() {
        ended = true;
    }

    private Optional<BuildRequest> next() throws InterruptedException {
        while (true) {
            boolean last = ended;
            BuildRequest message = arrived.poll(last ? 0 : 1, TimeUnit.SECONDS);
            if (message != null) {
                return Optional.of(message);
            }
            if (last) {
                throw new UnavailableException("the client does not send files of its contexts");
            }
        }
    }

    private record Sending(Consumer<BuildResponse> to) implements Outbound<BuildResponse> {
        @Override
        public void open() {
            // It is.
        }

        @Override
        public void send(BuildResponse message) {
            to.accept(message);
        }
    }
}
