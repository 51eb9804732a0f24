package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.cri.streaming.wire.ByteStream;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.exec.WindowSize;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a process with a client, from its start to the word on how it ended. A command whose client
 * goes away is killed with all that it started; a container that was attached to runs on.
 */
public final class ProcessSession implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(ProcessSession.class);

    /** A client that has a size sends it at once, but may be far away; others wait so long. */
    private static final int FIRST_SIZE_MILLIS = 500;

    private final StreamRequest.Process request;
    private final ProcessStreams streams;
    private final Client client;
    private volatile boolean over;
    private volatile boolean detached;

    public ProcessSession(StreamRequest.Process request, ProcessStreams streams, Client client) {
        this.request = request;
        this.streams = streams;
        this.client = client;
    }

    /** Takes until the process has ended or the client is gone. */
    @Override
    public void run() {
        try {
            tell(serve());
        } catch (ServiceException e) {
            tell(new ExitStatus.Failure("cannot " + request.verb() + ": " + e.getMessage()));
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the client of a process is gone");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            over = true;
            client.finish().run();
        }
    }

    private ExitStatus serve() throws IOException, InterruptedException {
        if (streams.resize().isEmpty()) {
            return serve(null);
        }
        SizeFeed sizes = new SizeFeed(streams.resize().get());
        Thread feeding = Tasks.start("stream-resize", sizes);
        try {
            return serve(sizes);
        } finally {
            feeding.interrupt();
        }
    }

    private ExitStatus serve(@Nullable SizeFeed sizes) throws IOException, InterruptedException {
        Optional<WindowSize> size =
                sizes == null || isAttached() ? Optional.empty() : sizes.await(FIRST_SIZE_MILLIS);
        try (ProcessStream process = request.opener().open(size)) {
            client.wire().onClosed(() -> lost(process));
            process.onDropped(client.wire()::expire);
            if (sizes != null) {
                sizes.feed(process);
            }
            Thread input = Tasks.start("stream-input", () -> pumpInput(process));
            try {
                ExitStatus status = pumpOutput(process);
                over = true;
                return status;
            } catch (IOException e) {
                // Before its streams are closed: nobody would know it any more.
                process.kill();
                throw e;
            } finally {
                input.interrupt();
            }
        }
    }

    private void lost(ProcessStream process) {
        if (!over) {
            Tasks.start(
                    "stream-lost",
                    () -> {
                        process.kill();
                        process.close();
                    });
        }
    }

    private ExitStatus pumpOutput(ProcessStream process) throws IOException, InterruptedException {
        ExitStatus status =
                new ExitStatus.Failure("the streams of the process broke off before its end");
        try {
            for (var event = next(process); event != null; event = next(process)) {
                switch (event) {
                    case ProcessStream.Output(boolean stderr, byte[] bytes) ->
                            write(stderr ? streams.stderr() : streams.stdout(), bytes);
                    case ProcessStream.Exited(int code) -> status = status(code);
                }
            }
        } catch (ResourceExhaustedException dropped) {
            status = new ExitStatus.Failure(String.valueOf(dropped.getMessage()));
        }
        return detached ? new ExitStatus.Success() : status;
    }

    /** Of a container, the code is told elsewhere. */
    private ExitStatus status(int code) {
        return request.verb().equals("exec") ? ExitStatus.of(code) : new ExitStatus.Success();
    }

    private ProcessStream.@Nullable Event next(ProcessStream process) throws IOException {
        try {
            return process.next();
        } catch (IOException e) {
            if (detached) {
                return null;
            }
            throw e;
        }
    }

    private static void write(Optional<ByteStream> stream, byte[] bytes)
            throws IOException, InterruptedException {
        if (stream.isPresent()) {
            stream.get().write(bytes);
        }
    }

    private void pumpInput(ProcessStream process) {
        if (streams.stdin().isEmpty()) {
            return;
        }
        ByteStream stdin = streams.stdin().get();
        try {
            for (byte[] bytes = stdin.read(); bytes != null; bytes = stdin.read()) {
                process.write(bytes, 0, bytes.length);
            }
            if (request.endsInput()) {
                process.closeInput();
            }
            if (streams.stdout().isEmpty() && streams.stderr().isEmpty() && isAttached()) {
                detached = true;
                process.close();
            }
        } catch (IOException | InterruptedException e) {
            // The process takes no more, or the client went: the other direction tells which.
            log.atDebug().setCause(e).log("input ended");
        } finally {
            stdin.discardInput();
        }
    }

    private boolean isAttached() {
        return request.verb().equals("attach");
    }

    private void tell(ExitStatus status) {
        streams.stdout().ifPresent(ByteStream::endOutput);
        streams.stderr().ifPresent(ByteStream::endOutput);
        try {
            byte[] encoded = status.encode(streams.statusJson());
            if (encoded.length > 0) {
                streams.error().write(encoded);
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the client did not wait for the status");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        streams.error().endOutput();
    }
}
