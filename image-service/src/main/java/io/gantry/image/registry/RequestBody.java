package io.gantry.image.registry;

import io.gantry.base.Deadline;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.ServiceException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a request carries. It may take any time to send as long as it moves: the JDK's own time
 * limit would count the sending. Sent by one request at a time, from its beginning each time.
 */
final class RequestBody {

    private final String mediaType;
    private final long length;
    private final Source source;
    private final LongConsumer progress;
    private final AtomicLong taken = new AtomicLong();
    private volatile @Nullable Reader reader;

    /**
     * A body.
     *
     * @param length bytes that are sent, at most what {@code source} yields
     * @param progress told how many bytes have been taken so far
     */
    RequestBody(String mediaType, long length, Source source, LongConsumer progress) {
        this.mediaType = mediaType;
        this.length = length;
        this.source = source;
        this.progress = progress;
    }

    /** A body that is at hand. */
    static RequestBody of(String mediaType, byte[] bytes) {
        return new RequestBody(
                mediaType, bytes.length, () -> new ByteArrayInputStream(bytes), taken -> {});
    }

    /** Where the bytes are. */
    @FunctionalInterface
    interface Source {
        InputStream open() throws IOException;
    }

    String mediaType() {
        return mediaType;
    }

    BodyPublisher publisher() {
        taken.set(0);
        Reader fresh = new Reader();
        reader = fresh;
        return length == 0
                ? BodyPublishers.noBody()
                : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> fresh), length);
    }

    /**
     * Waits for the answer to a request that sends this.
     *
     * @throws IOException when the connection fails, nothing moves, or the body cannot be read
     * @throws ServiceException what reading the body failed with
     */
    HttpResponse<BodyStream> await(
            CompletableFuture<HttpResponse<BodyStream>> answer,
            RetryPolicy policy,
            Deadline deadline)
            throws IOException, InterruptedException {
        Reader reading = reader;
        try {
            return awaitMoving(answer, policy, deadline);
        } finally {
            answer.cancel(true);
            if (reading != null) {
                reading.end();
            }
        }
    }

    private HttpResponse<BodyStream> awaitMoving(
            CompletableFuture<HttpResponse<BodyStream>> answer,
            RetryPolicy policy,
            Deadline deadline)
            throws IOException, InterruptedException {
        while (true) {
            long before = taken.get();
            Duration patience = before == length ? policy.answerTimeout() : policy.stallTimeout();
            Duration remaining = deadline.remaining();
            Duration wait = remaining.compareTo(patience) < 0 ? remaining : patience;
            try {
                return answer.get(wait.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (deadline.expired()) {
                    throw new DeadlineExceededException(
                            "deadline exceeded while sending to the registry", e);
                }
                if (taken.get() == before) {
                    throw new IOException(
                            before == length
                                    ? "no answer for " + wait.toSeconds() + " seconds"
                                    : "no bytes taken for " + wait.toSeconds() + " seconds",
                            e);
                }
            } catch (ExecutionException e) {
                throw cause(e);
            }
        }
    }

    private IOException cause(ExecutionException e) {
        Reader reading = reader;
        ServiceException unreadable = reading == null ? null : reading.failure;
        if (unreadable != null) {
            throw unreadable;
        }
        return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }

    /** The bytes, counted; opened when the first of them is wanted. */
    private final class Reader extends InputStream {
        private @Nullable InputStream in;
        private boolean ended;
        private volatile @Nullable ServiceException failure;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public synchronized int read(byte[] bytes, int offset, int size) throws IOException {
            if (ended) {
                throw new IOException("the request is over");
            }
            int wanted = (int) Math.min(size, length - taken.get());
            if (wanted == 0) {
                return -1;
            }
            try {
                if (in == null) {
                    in = source.open();
                }
                int count = in.read(bytes, offset, wanted);
                if (count > 0) {
                    progress.accept(taken.addAndGet(count));
                }
                return count;
            } catch (ServiceException e) {
                failure = e;
                throw new IOException(e.getMessage(), e);
            }
        }

        /** Nobody reads any more once this returns. */
        synchronized void end() throws IOException {
            ended = true;
            if (in != null) {
                in.close();
            }
        }
    }
}
