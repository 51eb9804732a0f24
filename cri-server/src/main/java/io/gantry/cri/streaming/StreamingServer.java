package io.gantry.cri.streaming;

import io.gantry.base.Clock;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.token.PendingRequests;
import io.gantry.cri.streaming.wire.SocketStream;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands out URLs, and serves each once. It listens from the first URL on: a node where nobody
 * streams pays nothing for it. Thread-safe.
 */
public final class StreamingServer implements AutoCloseable {

    private final StreamingSettings settings;
    private final PendingRequests<StreamRequest> pending;
    private final Set<SocketStream> adopted = ConcurrentHashMap.newKeySet();
    private @Nullable IoEventLoopGroup loop;
    private @Nullable Listener listener;
    private boolean closed;

    /** Nothing is opened yet. */
    public StreamingServer(StreamingSettings settings, Clock clock) {
        this.settings = settings;
        this.pending = new PendingRequests<>(clock);
    }

    /**
     * The URL at which a client gets what {@code request} says, once and within a minute.
     *
     * @throws UnavailableException when the server cannot listen
     * @throws io.gantry.base.error.ResourceExhaustedException when too many URLs are unused
     */
    public String url(StreamRequest request) {
        String base = listening().url();
        return base + "/" + request.verb() + "/" + pending.add(request);
    }

    /**
     * Takes over a connected socket that does not block, also when it fails, for one who does not
     * come by an URL.
     *
     * @throws UnavailableException when the server is closed
     */
    public SocketStream adopt(int descriptor) throws IOException {
        IoEventLoopGroup adopting;
        try {
            adopting = running();
        } catch (UnavailableException e) {
            new Socket(descriptor).close();
            throw e;
        }
        SocketStream stream = SocketStream.adopt(descriptor, adopting.next(), adopted::remove);
        adopted.add(stream);
        if (isClosed()) {
            stream.reset();
        }
        return stream;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Closes all connections, which ends their sessions. */
    @Override
    public synchronized void close() {
        closed = true;
        // An event loop may end without a word to them.
        adopted.forEach(SocketStream::reset);
        if (listener != null) {
            listener.close();
        }
        if (loop != null) {
            Future<?> _ = loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
    }

    private synchronized IoEventLoopGroup running() {
        if (closed) {
            throw new UnavailableException("the daemon is shutting down");
        }
        if (loop == null) {
            loop =
                    new MultiThreadIoEventLoopGroup(
                            1,
                            new DefaultThreadFactory("streaming", true),
                            EpollIoHandler.newFactory());
        }
        return loop;
    }

    private synchronized Listener listening() {
        IoEventLoopGroup serving = running();
        if (listener == null) {
            try {
                listener = Listener.open(settings, pending, serving);
            } catch (IOException e) {
                throw new UnavailableException(
                        "cannot serve streams at "
                                + settings.address()
                                + " port "
                                + settings.port()
                                + ": "
                                + e.getMessage(),
                        e);
            }
        }
        return listener;
    }
}
