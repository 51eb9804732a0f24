package io.gantry.image.registry;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.registry.BlobEndpoint.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A large blob. Its first range shows whether the host serves ranges and whether the reader waits
 * for the network. If both, further ranges are received ahead of the reader over connections of
 * their own; else the rest comes in one piece. What goes wrong ahead of the reader is left to the
 * reader, who then goes on in one piece. Read by one thread; yields exactly the blob or throws.
 */
final class RangedBlobStream extends InputStream {

    private static final Logger log = LoggerFactory.getLogger(RangedBlobStream.class);

    private final Descriptor descriptor;
    private final Transfer transfer;
    private final BlobProgress progress;
    private final Deque<Ahead> ahead = new ArrayDeque<>();
    private Mode mode = Mode.PROBING;
    private long position;
    private long next;
    private long begun;
    private long waited;
    private @Nullable InputStream current;
    private @Nullable ExecutorService threads;

    private enum Mode {
        PROBING,
        RANGES,
        ONE_PIECE
    }

    /**
     * What a blob is received with.
     *
     * @param memory for the ranges that are kept
     */
    record Transfer(
            BlobSource source,
            TransferLimits limits,
            RangeMemory memory,
            RetryPolicy policy,
            RegistryCaller.Patience patience) {

        /** A part of a blob, resumed where its connection is lost. */
        ResumingBlobStream stream(
                Descriptor descriptor, Part part, ResumingBlobStream.Opener opener) {
            return new ResumingBlobStream(
                    descriptor, part, opener, policy, patience, BlobProgress.NONE);
        }
    }

    /** A range on its way; false when no connection was to be had for it. */
    private record Ahead(Part part, RangeMemory.Range memory, Future<Boolean> received) {}

    RangedBlobStream(Descriptor descriptor, long offset, Transfer transfer, BlobProgress progress) {
        this.descriptor = descriptor;
        this.position = offset;
        this.transfer = transfer;
        this.progress = progress;
    }

    /** Opens the first connection, so that what is missing shows before the first read. */
    void connect() {
        current = direct(endOfRange(position));
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
        while (true) {
            InputStream source = current;
            if (source == null) {
                if (position == descriptor.size()) {
                    return -1;
                }
                source = following();
                current = source;
            }
            int count = readTimed(source, bytes, offset, length);
            if (count > 0) {
                position += count;
                progress.received(count);
                return count;
            }
            source.close();
            current = null;
        }
    }

    /** Returns when nothing is being received any more. */
    @Override
    public void close() throws IOException {
        try {
            if (current != null) {
                current.close();
            }
        } finally {
            forgetAhead();
        }
    }

    private int readTimed(InputStream source, byte[] bytes, int offset, int length)
            throws IOException {
        long before = transfer.patience.clock().nanoTime();
        int count = source.read(bytes, offset, length);
        long after = transfer.patience.clock().nanoTime();
        if (begun == 0) {
            // The first bytes say how far the host is away, not how fast it sends.
            begun = after;
        } else {
            waited += after - before;
        }
        return count;
    }

    private InputStream following() {
        if (mode == Mode.PROBING) {
            boolean starved = 2 * waited > transfer.patience.clock().nanoTime() - begun;
            mode = starved ? Mode.RANGES : Mode.ONE_PIECE;
        }
        if (mode == Mode.ONE_PIECE) {
            return direct(descriptor.size());
        }
        Ahead range = ahead.poll();
        InputStream source = range == null ? direct(endOfRange(position)) : received(range);
        if (mode == Mode.RANGES) {
            receiveAhead();
        }
        return source;
    }

    private InputStream direct(long end) {
        ResumingBlobStream stream =
                transfer.stream(
                        descriptor,
                        new Part(position, end),
                        part -> transfer.source.open(descriptor, part));
        stream.connect();
        if (!stream.servesRanges()) {
            mode = Mode.ONE_PIECE;
            stream.extendTo(descriptor.size());
        }
        next = Math.max(next, end);
        return stream;
    }

    private void receiveAhead() {
        while (ahead.size() < transfer.limits.rangesPerBlob() && next < descriptor.size()) {
            Part part = new Part(next, endOfRange(next));
            Optional<RangeMemory.Range> memory =
                    transfer.memory.tryTake((int) (part.to() - part.from()));
            if (memory.isEmpty()) {
                return;
            }
            next = part.to();
            Future<Boolean> received = threads().submit(() -> receive(part, memory.get()));
            ahead.add(new Ahead(part, memory.get(), received));
        }
    }

    private boolean receive(Part part, RangeMemory.Range memory) throws IOException {
        Optional<BlobEndpoint.Opened> opened = transfer.source.tryOpen(descriptor, part);
        if (opened.isEmpty()) {
            return false;
        }
        // One connection, no second attempt: that is the reader's.
        try (InputStream body = opened.get().body()) {
            if (!opened.get().partial() || !memory.fill(body) || body.read() >= 0) {
                throw new IOException("not the range that was asked for");
            }
            return true;
        }
    }

    private InputStream received(Ahead range) {
        boolean received = false;
        try {
            received = await(range);
        } finally {
            if (!received) {
                giveBack(range);
            }
        }
        if (mode == Mode.ONE_PIECE) {
            return direct(descriptor.size());
        }
        return received ? range.memory : direct(range.part.to());
    }

    private boolean await(Ahead range) {
        try {
            long nanos = transfer.patience.deadline().remaining().toNanos();
            return range.received.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while reading from the registry", e);
        } catch (TimeoutException e) {
            throw new DeadlineExceededException(
                    "deadline exceeded while reading from the registry", e);
        } catch (ExecutionException e) {
            log.atDebug()
                    .addKeyValue("blob", descriptor.digest())
                    .addKeyValue("at", range.part.from())
                    .setCause(e.getCause())
                    .log("a range was lost, going on in one piece");
            mode = Mode.ONE_PIECE;
            return false;
        }
    }

    /** Frees the memory of a range that is of no use, when nobody fills it any more. */
    private void giveBack(Ahead range) {
        if (mode == Mode.ONE_PIECE || !range.received.isDone()) {
            forgetAhead();
        }
        range.memory.close();
    }

    private void forgetAhead() {
        if (threads != null) {
            threads.shutdownNow();
            threads.close();
            threads = null;
        }
        ahead.forEach(range -> range.memory.close());
        ahead.clear();
    }

    private ExecutorService threads() {
        ExecutorService known = threads;
        if (known == null) {
            known = Tasks.perTask("range");
            threads = known;
        }
        return known;
    }

    private long endOfRange(long from) {
        return Math.min(descriptor.size(), from + transfer.limits.rangeBytes());
    }
}
