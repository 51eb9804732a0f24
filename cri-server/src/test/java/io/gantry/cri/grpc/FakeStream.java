package io.gantry.cri.grpc;

import io.gantry.runtime.exec.ProcessStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process of which the test plays the part. */
final class FakeStream implements ProcessStream {

    private final LinkedBlockingQueue<Optional<Event>> events = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream input = new ByteArrayOutputStream();
    private final List<String> sizes = new ArrayList<>();
    private boolean hungUp;
    private final CountDownLatch inputEnd = new CountDownLatch(1);
    private final CountDownLatch killed = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);

    FakeStream says(String text) {
        events.add(Optional.of(new Output(false, text.getBytes(StandardCharsets.UTF_8))));
        return this;
    }

    FakeStream complains(String text) {
        events.add(Optional.of(new Output(true, text.getBytes(StandardCharsets.UTF_8))));
        return this;
    }

    FakeStream exits(int code) {
        events.add(Optional.of(new Exited(code)));
        return breaksOff();
    }

    /** It takes nothing any more. */
    synchronized FakeStream hangsUp() {
        hungUp = true;
        return this;
    }

    FakeStream breaksOff() {
        events.add(Optional.empty());
        return this;
    }

    /** All input, once it has ended. */
    String awaitInput() throws InterruptedException {
        if (!inputEnd.await(120, TimeUnit.SECONDS)) {
            throw new AssertionError("input did not end; so far: " + input);
        }
        return input.toString(StandardCharsets.UTF_8);
    }

    void awaitClosed() throws InterruptedException {
        if (!closed.await(120, TimeUnit.SECONDS)) {
            throw new AssertionError("the stream was not closed");
        }
    }

    void awaitKilled() throws InterruptedException {
        if (!killed.await(120, TimeUnit.SECONDS)) {
            throw new AssertionError("the process was not killed");
        }
    }

    boolean isKilled() {
        return killed.getCount() == 0;
    }

    synchronized List<String> sizes() {
        return List.copyOf(sizes);
    }

    @Override
    public @Nullable Event next() throws IOException {
        try {
            return events.take().orElse(null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        input.write(bytes, offset, length);
    }

    @Override
    public void closeInput() {
        inputEnd.countDown();
    }

    @Override
    public synchronized void resize(int rows, int columns) throws IOException {
        if (hungUp) {
            throw new IOException("broken pipe");
        }
        sizes.add(rows + "x" + columns);
    }

    @Override
    public void kill() {
        killed.countDown();
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
