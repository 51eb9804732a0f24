package io.gantry.runtime.service;

import io.gantry.base.Tasks;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.exec.ProcessStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream whose process never waits for its reader: what comes is taken at once and kept, and a
 * reader that leaves too much is dropped. So the log of a container that a kubelet made goes on
 * whatever its attached clients do.
 */
final class BackloggedStream implements ProcessStream {

    private static final Logger log = LoggerFactory.getLogger(BackloggedStream.class);

    /** What a piece of output takes besides its bytes. */
    private static final long OVERHEAD = 64;

    private final ProcessStream source;
    private final ContainerId container;
    private final BacklogRoom room;

    /** Guarded by this, as what follows. */
    private final Deque<Event> unread = new ArrayDeque<>();

    private long size;
    private boolean ended;
    private boolean closed;
    private boolean dropped;
    private Runnable onDropped = () -> {};

    private BackloggedStream(ProcessStream source, ContainerId container, BacklogRoom room) {
        this.source = source;
        this.container = container;
        this.room = room;
    }

    /** Takes over {@code source}, the stream of a container. */
    static ProcessStream of(ProcessStream source, ContainerId container, BacklogRoom room) {
        BackloggedStream stream = new BackloggedStream(source, container, room);
        Tasks.start("attach-" + container, stream::drain);
        return stream;
    }

    private void drain() {
        boolean exited = false;
        try {
            for (Event event = source.next(); event != null; event = source.next()) {
                exited = event instanceof Exited;
                if (!keep(event)) {
                    drop(
                            "attached client dropped: it is too slow, and its container does not"
                                    + " wait");
                    return;
                }
            }
        } catch (IOException e) {
            log.atDebug().addKeyValue("containerId", container).setCause(e).log("stream broke off");
        }
        if (exited) {
            end();
        } else {
            drop("attached client dropped: its shim gave it up as too slow, or is gone");
        }
    }

    /** False when that is too much. */
    private synchronized boolean keep(Event event) {
        long cost = cost(event);
        if (closed || size + cost > room.each() || !room.take(cost)) {
            forget();
            return false;
        }
        size += cost;
        unread.add(event);
        notifyAll();
        return true;
    }

    private void drop(String why) {
        Runnable then;
        synchronized (this) {
            if (closed) {
                return;
            }
            log.atWarn().addKeyValue("containerId", container).log(why);
            dropped = true;
            then = onDropped;
            notifyAll();
        }
        source.close();
        then.run();
    }

    private static long cost(Event event) {
        return OVERHEAD + (event instanceof Output output ? output.bytes().length : 0);
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    private void forget() {
        room.give(size);
        size = 0;
        unread.clear();
    }

    /**
     * Waits for the next event.
     *
     * @throws ResourceExhaustedException once the reader was dropped and what is kept is read
     */
    @Override
    public synchronized @Nullable Event next() throws IOException {
        awaitSomething();
        if (closed) {
            throw new ClosedChannelException();
        }
        Event event = unread.poll();
        if (event != null) {
            size -= cost(event);
            room.give(cost(event));
        } else if (dropped) {
            throw new ResourceExhaustedException(
                    "the client was dropped: it left too much of the output of container "
                            + container
                            + " unread; the log has everything");
        }
        return event;
    }

    private synchronized void awaitSomething() throws InterruptedIOException {
        try {
            while (unread.isEmpty() && !ended && !closed && !dropped) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (InterruptedIOException)
                    new InterruptedIOException("interrupted while waiting for output").initCause(e);
        }
    }

    @Override
    public void onDropped(Runnable action) {
        synchronized (this) {
            if (!dropped) {
                onDropped = action;
                return;
            }
        }
        action.run();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        source.write(bytes, offset, length);
    }

    @Override
    public void closeInput() throws IOException {
        source.closeInput();
    }

    @Override
    public void resize(int rows, int columns) throws IOException {
        source.resize(rows, columns);
    }

    @Override
    public void kill() {
        source.kill();
    }

    @Override
    public void close() {
        synchronized (this) {
            // Before the source is: whoever drains it is not to take this for the shim's doing.
            closed = true;
            forget();
            notifyAll();
        }
        source.close();
    }
}
