package io.gantry.cri.streaming;

import io.gantry.runtime.exec.ProcessStream;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A process that takes no input, says nothing, and runs until it is killed. */
final class UnreadProcess implements ProcessStream {

    private final CountDownLatch over = new CountDownLatch(1);

    @Override
    public @Nullable Event next() throws IOException {
        awaitEnd();
        return null;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        awaitEnd();
        throw new IOException("it is over");
    }

    @Override
    public void closeInput() {}

    @Override
    public void resize(int rows, int columns) {}

    @Override
    public void kill() {
        over.countDown();
    }

    @Override
    public void close() {
        over.countDown();
    }

    private void awaitEnd() throws IOException {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
