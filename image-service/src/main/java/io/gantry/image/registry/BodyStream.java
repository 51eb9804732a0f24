package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of a response, as it arrives: at most {@value #WINDOW} chunks wait in memory, the rest
 * in the sender. The JDK's own stream waits for ever for the next byte; this one gives up on a
 * silent peer and at the deadline. Read by one thread. Closing early drops the connection.
 */
final class BodyStream extends InputStream implements BodySubscriber<BodyStream> {

    private static final int WINDOW = 8;

    private final Duration stall;
    private final Deadline deadline;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Subscription> subscription = new CompletableFuture<>();
    private final Queue<ByteBuffer> chunk = new ArrayDeque<>();
    private @Nullable Event last;

    /**
     * @param stall longest silence
     * @param deadline end of all reading
     */
    BodyStream(Duration stall, Deadline deadline) {
        this.stall = stall;
        this.deadline = deadline;
    }

    private sealed interface Event {}

    private record Chunk(List<ByteBuffer> buffers) implements Event {}

    private record Failed(Throwable cause) implements Event {}

    private record Ended() implements Event {}

    @Override
    public CompletionStage<BodyStream> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public void onSubscribe(Subscription s) {
        if (!subscription.complete(s)) {
            s.cancel();
            return;
        }
        s.request(WINDOW);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        events.add(new Chunk(buffers));
    }

    @Override
    public void onError(Throwable cause) {
        events.add(new Failed(cause));
    }

    @Override
    public void onComplete() {
        events.add(new Ended());
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        ByteBuffer buffer = nextBytes();
        if (buffer == null) {
            return -1;
        }
        int count = Math.min(length, buffer.remaining());
        buffer.get(bytes, offset, count);
        return count;
    }

    @Override
    public int available() {
        ByteBuffer buffer = chunk.peek();
        return buffer == null ? 0 : buffer.remaining();
    }

    @Override
    public void close() {
        if (!(last instanceof Ended)) {
            last = new Failed(new IOException("stream is closed"));
            chunk.clear();
            if (subscription.isDone()) {
                subscription.join().cancel();
            }
        }
    }

    /** A buffer that has bytes; null at the end. */
    private @Nullable ByteBuffer nextBytes() throws IOException {
        while (true) {
            ByteBuffer buffer = chunk.peek();
            if (buffer != null && buffer.hasRemaining()) {
                return buffer;
            }
            if (buffer != null) {
                chunk.remove();
                continue;
            }
            switch (nextEvent()) {
                case Chunk(List<ByteBuffer> buffers) -> {
                    chunk.addAll(buffers);
                    subscription.join().request(1);
                }
                case Failed(Throwable cause) -> throw new IOException(cause.getMessage(), cause);
                case Ended _ -> {
                    return null;
                }
            }
        }
    }

    private Event nextEvent() throws IOException {
        Event known = last;
        if (known != null) {
            return known;
        }
        Event event = poll();
        if (!(event instanceof Chunk)) {
            last = event;
        }
        return event;
    }

    private Event poll() throws IOException {
        Duration remaining = deadline.remaining();
        Duration wait = remaining.compareTo(stall) < 0 ? remaining : stall;
        Event event;
        try {
            event = events.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while reading from the registry", e);
        }
        if (event != null) {
            return event;
        }
        if (deadline.expired()) {
            throw new DeadlineExceededException(
                    "deadline exceeded while reading from the registry");
        }
        throw new IOException("no bytes for " + stall.toSeconds() + " seconds");
    }
}
