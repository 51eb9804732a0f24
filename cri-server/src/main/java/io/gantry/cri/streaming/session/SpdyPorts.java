package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.cri.streaming.spdy.SpdyConnection;
import io.gantry.cri.streaming.spdy.SpdyStream;
import io.gantry.cri.streaming.wire.Wire;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pairs the streams of a client that forwards ports, two for each connection: one for data, one for
 * errors. On the event loop.
 */
public final class SpdyPorts implements SpdyConnection.StreamListener {

    private static final String STREAM_TYPE = "streamType";
    private static final String PORT = "port";
    private static final String REQUEST = "requestID";
    private static final String DATA = "data";
    private static final String ERROR = "error";
    private static final int NO_PORT = -1;
    private static final int LAST_PORT = 65535;

    private final StreamRequest.Ports request;
    private final Wire wire;
    private final Duration patience;
    private final Map<String, Pair> waiting = new HashMap<>();

    /**
     * For one client.
     *
     * @param patience how long the second stream of a pair may take
     */
    public SpdyPorts(StreamRequest.Ports request, Wire wire, Duration patience) {
        this.request = request;
        this.wire = wire;
        this.patience = patience;
    }

    /** What there is of a connection. */
    private static final class Pair {
        private @Nullable SpdyStream data;
        private @Nullable SpdyStream error;
    }

    @Override
    public boolean opened(SpdyStream stream) {
        String type = stream.header(STREAM_TYPE);
        if (port(stream) == NO_PORT || !(type.equals(DATA) || type.equals(ERROR))) {
            return false;
        }
        String id = id(stream, type);
        Pair pair = waiting.get(id);
        if (pair == null) {
            pair = new Pair();
            waiting.put(id, pair);
            giveUpLater(id, pair);
        }
        if (type.equals(DATA)) {
            if (pair.data != null) {
                return false;
            }
            pair.data = stream;
        } else {
            if (pair.error != null) {
                return false;
            }
            pair.error = stream;
            stream.discardInput();
        }
        if (pair.data != null && pair.error != null) {
            waiting.remove(id);
            PortSession.Streams streams = new PortSession.Streams(pair.data, pair.error, true);
            PortSession session =
                    new PortSession(request, port(pair.data), streams, wire.loop(), () -> {});
            Tasks.start("port-forward", session::connect);
        }
        return true;
    }

    /** Old clients name no request: their error stream comes right before its data stream. */
    private static String id(SpdyStream stream, String type) {
        String id = stream.header(REQUEST);
        if (!id.isEmpty()) {
            return id;
        }
        return "stream " + (type.equals(ERROR) ? stream.id() : stream.id() - 2);
    }

    private void giveUpLater(String id, Pair pair) {
        Future<?> _ =
                wire.channel()
                        .eventLoop()
                        .schedule(
                                () -> giveUp(id, pair), patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void giveUp(String id, Pair pair) {
        if (waiting.remove(id, pair)) {
            if (pair.data != null) {
                pair.data.reset();
            }
            if (pair.error != null) {
                pair.error.reset();
            }
        }
    }

    private static int port(SpdyStream stream) {
        try {
            int port = Integer.parseInt(stream.header(PORT));
            return port >= 1 && port <= LAST_PORT ? port : NO_PORT;
        } catch (NumberFormatException e) {
            return NO_PORT;
        }
    }
}
