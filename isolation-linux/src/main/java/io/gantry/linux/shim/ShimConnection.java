package io.gantry.linux.shim;

import io.gantry.base.Tasks;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control connection. Requests are written by one thread of its own: an interrupt of a
 * requester that wrote by itself would close the channel for everybody.
 */
final class ShimConnection implements Shim {

    private static final Logger log = LoggerFactory.getLogger(ShimConnection.class);

    private final FrameChannel channel;
    private final Duration timeout;
    private final AtomicInteger lastRequest = new AtomicInteger();
    private final Map<Integer, CompletableFuture<Frame>> waiting = new ConcurrentHashMap<>();
    private final LinkedBlockingQueue<ByteBuffer> outgoing = new LinkedBlockingQueue<>();
    private final CompletableFuture<@Nullable Void> disconnected = new CompletableFuture<>();
    private volatile Consumer<ProcessEntry> exitListener = entry -> {};
    private volatile boolean lost;
    private volatile int pid;

    private ShimConnection(FrameChannel channel, Duration timeout) {
        this.channel = channel;
        this.timeout = timeout;
    }

    static Shim open(Path socket, Duration timeout) throws IOException {
        ShimConnection connection = new ShimConnection(FrameChannel.open(socket), timeout);
        try {
            connection.greet();
            return connection;
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    private void greet() throws IOException {
        Thread writer = Tasks.start("shim-writer " + channel.socket(), this::writeAll);
        Tasks.start(
                "shim-reader " + channel.socket(),
                () -> {
                    readAll();
                    writer.interrupt();
                });
        pid = exchange("", Request::hello).decode(ShimConnection::greeting);
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public int start(StartRequest request) throws IOException {
        return exchange(request.id(), Request.start(request, false)::encode).decode(Frame::i32);
    }

    @Override
    public ShimStream startStreaming(StartRequest request) throws IOException {
        return ShimStreamConnection.start(channel.socket(), request);
    }

    @Override
    public ShimStream attach(AttachRequest request) throws IOException {
        return ShimStreamConnection.attach(channel.socket(), request);
    }

    @Override
    public void signal(String id, int signal) throws IOException {
        request(FrameType.SIGNAL, id, Request.Numbers.signal(signal));
    }

    @Override
    public List<ProcessEntry> list() throws IOException {
        return request(FrameType.LIST, "", Request.Numbers.NONE).decode(Frame::entries);
    }

    @Override
    public void reopenLog(String id) throws IOException {
        request(FrameType.REOPEN_LOG, id, Request.Numbers.NONE);
    }

    @Override
    public void resize(String id, int rows, int columns) throws IOException {
        request(FrameType.RESIZE, id, Request.Numbers.size(rows, columns));
    }

    @Override
    public void forget(String id) throws IOException {
        request(FrameType.FORGET, id, Request.Numbers.NONE);
    }

    @Override
    public void shutdown() throws IOException {
        request(FrameType.SHUTDOWN, "", Request.Numbers.NONE);
        await(disconnected);
    }

    @Override
    public void onExit(Consumer<ProcessEntry> listener) {
        exitListener = listener;
    }

    @Override
    public void onDisconnect(Runnable listener) {
        CompletableFuture<@Nullable Void> _ =
                disconnected.whenComplete((nothing, failure) -> listener.run());
    }

    @Override
    public void close() {
        channel.close();
    }

    private Frame request(int type, String id, Request.Numbers numbers) throws IOException {
        return exchange(id, Request.about(type, id, numbers)::encode);
    }

    private Frame exchange(String about, IntFunction<ByteBuffer> request) throws IOException {
        int id = lastRequest.incrementAndGet();
        CompletableFuture<Frame> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            outgoing.add(request.apply(id));
            if (lost && !answer.isDone()) {
                throw gone(null);
            }
            return Answers.checked(about, await(answer));
        } finally {
            waiting.remove(id);
        }
    }

    private <T extends @Nullable Object> T await(CompletableFuture<T> answer) throws IOException {
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("interrupted while waiting for the shim")
                            .initCause(e);
        } catch (TimeoutException e) {
            throw new IOException(
                    "shim " + channel.socket() + " did not answer within " + timeout, e);
        } catch (ExecutionException e) {
            throw gone(e);
        }
    }

    private void writeAll() {
        try {
            while (!lost) {
                channel.write(outgoing.take());
            }
        } catch (IOException | InterruptedException e) {
            channel.close();
        }
    }

    private void readAll() {
        try {
            Optional<Frame> frame = channel.read();
            while (frame.isPresent()) {
                dispatch(frame.get());
                frame = channel.read();
            }
        } catch (IOException e) {
            log.atDebug().addKeyValue("socket", channel.socket()).setCause(e).log("shim lost");
        } finally {
            channel.close();
            lost = true;
            waiting.values().forEach(answer -> answer.completeExceptionally(gone(null)));
            disconnected.complete(null);
        }
    }

    private void dispatch(Frame frame) throws IOException {
        if (frame.requestId() != 0) {
            CompletableFuture<Frame> answer = waiting.remove(frame.requestId());
            if (answer != null) {
                answer.complete(frame);
            }
        } else if (frame.type() == FrameType.EXITED) {
            exitListener.accept(frame.decode(Frame::entry));
        }
    }

    private ShimGoneException gone(@Nullable Throwable cause) {
        return new ShimGoneException("shim " + channel.socket() + " is gone", cause);
    }

    /** The pid in the answer to HELLO. */
    static int greeting(Frame frame) {
        if (frame.i32() != Frame.MAGIC) {
            throw new IllegalArgumentException("not a shim");
        }
        int protocol = frame.i32();
        if (protocol != Frame.PROTOCOL_VERSION) {
            throw new IllegalArgumentException("protocol version " + protocol);
        }
        return frame.i32();
    }
}
