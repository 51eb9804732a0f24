package io.gantry.cri.streaming;

import io.gantry.base.Clock;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.token.PendingRequests;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Hands out URLs, and serves each once. It listens from the first URL on: a node where nobody
 * streams pays nothing for it. Thread-safe.
 */
public final class StreamingServer implements AutoCloseable {

    private final StreamingSettings settings;
    private final PendingRequests<StreamRequest> pending;
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

    /** Closes all connections, which ends their sessions. */
    @Override
    public synchronized void close() {
        closed = true;
        if (listener != null) {
            listener.close();
        }
    }

    private synchronized Listener listening() {
        if (closed) {
            throw new UnavailableException("the daemon is shutting down");
        }
        if (listener == null) {
            try {
                listener = Listener.open(settings, pending);
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
