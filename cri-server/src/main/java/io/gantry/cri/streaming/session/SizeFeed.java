package io.gantry.cri.streaming.session;

import io.gantry.cri.streaming.wire.ByteStream;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sizes of the client's terminal. One thread reads them; whoever starts the process takes the first
 * along, which clients send as soon as they are connected, and the others are told to the process.
 */
final class SizeFeed implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(SizeFeed.class);

    private final ByteStream resize;
    private final CountDownLatch first = new CountDownLatch(1);

    /** Guarded by this, as what follows. */
    private @Nullable WindowSize latest;

    private @Nullable WindowSize told;
    private @Nullable ProcessStream process;

    SizeFeed(ByteStream resize) {
        this.resize = resize;
    }

    /** Reads until the client sends no more, or this thread is interrupted. */
    @Override
    public void run() {
        TerminalSizes sizes = new TerminalSizes();
        try {
            for (byte[] bytes = resize.read(); bytes != null; bytes = resize.read()) {
                Optional<WindowSize> size = sizes.read(bytes);
                if (size.isPresent()) {
                    came(size.get());
                }
            }
        } catch (IOException | InterruptedException e) {
            log.atDebug().setCause(e).log("sizes ended");
        } finally {
            first.countDown();
            resize.discardInput();
        }
    }

    /** Waits for the first size, so many milliseconds at most. */
    Optional<WindowSize> await(long millis) throws InterruptedException {
        boolean _ = first.await(millis, TimeUnit.MILLISECONDS);
        synchronized (this) {
            told = latest;
            return Optional.ofNullable(latest);
        }
    }

    /** Tells a process from now on; it was started with what {@link #await} gave, if anything. */
    synchronized void feed(ProcessStream started) {
        process = started;
        tell();
    }

    private synchronized void came(WindowSize size) {
        latest = size;
        first.countDown();
        tell();
    }

    private void tell() {
        if (process == null || latest == null || latest.equals(told)) {
            return;
        }
        told = latest;
        try {
            process.resize(latest.rows(), latest.columns());
        } catch (IOException e) {
            // Its end is told by itself.
            log.atDebug().setCause(e).log("a process took no size");
        }
    }
}
