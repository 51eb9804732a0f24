package io.gantry.image.layer;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads a source on a thread of its own, some buffers ahead of who takes them. A failure of the
 * source arrives in its place. Taken from by one thread. Once closed, the source is not touched any
 * more.
 */
final class ReadAhead implements Pieces, AutoCloseable {

    private static final int BUFFERS = 3;

    private final ByteSource source;
    private final BufferPool pool;
    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(BUFFERS);
    private final BlockingQueue<Piece> full = new ArrayBlockingQueue<>(BUFFERS + 1);
    private final Thread reader;
    private volatile boolean closed;
    private @Nullable ByteBuffer taken;
    private @Nullable Piece last;

    ReadAhead(String name, ByteSource source, BufferPool pool) {
        this.source = source;
        this.pool = pool;
        for (int i = 0; i < BUFFERS; i++) {
            free.add(pool.take());
        }
        this.reader = Tasks.startNative(name, this::readAll);
    }

    private sealed interface Piece {}

    private record Filled(ByteBuffer buffer) implements Piece {}

    private record Ended() implements Piece {}

    private record Failed(Throwable cause) implements Piece {}

    @Override
    public @Nullable ByteBuffer next() throws IOException {
        if (taken != null) {
            free.add(taken);
            taken = null;
        }
        Piece piece = last == null ? take() : last;
        return switch (piece) {
            case Filled(ByteBuffer buffer) -> {
                taken = buffer;
                yield buffer;
            }
            case Ended _ -> {
                last = piece;
                yield null;
            }
            case Failed(Throwable cause) -> {
                last = piece;
                throw rethrown(cause);
            }
        };
    }

    /** Ends the thread and waits for that, also when interrupted. */
    @Override
    public void close() {
        closed = true;
        boolean interrupted = false;
        while (reader.isAlive()) {
            reader.interrupt();
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        free.forEach(pool::giveBack);
        full.forEach(
                piece -> {
                    if (piece instanceof Filled(ByteBuffer buffer)) {
                        pool.giveBack(buffer);
                    }
                });
        if (taken != null) {
            pool.giveBack(taken);
        }
    }

    private Piece take() {
        try {
            return full.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("unpacking a layer was interrupted", e);
        }
    }

    // There is always room in the queue: for every buffer that was free, and for the end.
    private void readAll() {
        try {
            boolean more = true;
            while (more && !closed) {
                more = fill(free.take().clear());
            }
            full.add(new Ended());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            full.add(new Failed(new CancelledException("unpacking a layer was interrupted", e)));
        } catch (IOException | RuntimeException | Error e) {
            full.add(new Failed(e));
        }
    }

    private boolean fill(ByteBuffer buffer) throws IOException {
        boolean more = true;
        try {
            while (more && buffer.hasRemaining() && !closed) {
                more = source.read(buffer);
            }
        } finally {
            if (buffer.flip().hasRemaining()) {
                full.add(new Filled(buffer));
            } else {
                pool.giveBack(buffer);
            }
        }
        return more;
    }

    private static IOException rethrown(Throwable cause) {
        return switch (cause) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> new IOException(cause);
        };
    }
}
