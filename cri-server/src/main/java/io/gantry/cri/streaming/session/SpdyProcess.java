package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.cri.streaming.spdy.SpdyConnection;
import io.gantry.cri.streaming.spdy.SpdyStream;
import io.gantry.cri.streaming.wire.ByteStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Waits for the streams of a process over SPDY, then starts the session. On the event loop. */
public final class SpdyProcess implements SpdyConnection.StreamListener {

    private static final String STREAM_TYPE = "streamType";
    private static final String ERROR = "error";
    private static final String STDIN = "stdin";
    private static final String STDOUT = "stdout";
    private static final String STDERR = "stderr";
    private static final String RESIZE = "resize";

    /** From which on a terminal can be resized, and the status is JSON. */
    private static final int VERSION_WITH_RESIZE = 3;

    private static final int VERSION_WITH_JSON = 4;

    private final StreamRequest.Process request;
    private final int version;
    private final Client client;
    private final Set<String> awaited = new HashSet<>();
    private final Map<String, ByteStream> streams = new HashMap<>();

    /**
     * Expects streams.
     *
     * @param version of the protocol, 1 to 4
     */
    public SpdyProcess(StreamRequest.Process request, int version, Client client) {
        this.request = request;
        this.version = version;
        this.client = client;
        awaited.add(ERROR);
        await(STDIN, request.wanted().stdin());
        await(STDOUT, request.wanted().stdout());
        await(STDERR, request.wanted().stderr());
        await(RESIZE, request.wanted().terminal() && version >= VERSION_WITH_RESIZE);
    }

    private void await(String type, boolean wanted) {
        if (wanted) {
            awaited.add(type);
        }
    }

    /** Whether streams are missing still. */
    public boolean isWaiting() {
        return !awaited.isEmpty();
    }

    @Override
    public boolean opened(SpdyStream stream) {
        String type = stream.header(STREAM_TYPE);
        if (!awaited.remove(type)) {
            return false;
        }
        if (!type.equals(STDIN) && !type.equals(RESIZE)) {
            stream.discardInput();
        }
        streams.put(type, stream);
        if (awaited.isEmpty()) {
            Tasks.start(request.verb(), new ProcessSession(request, all(), client));
        }
        return true;
    }

    private ProcessStreams all() {
        ByteStream error = streams.get(ERROR);
        if (error == null) {
            throw new IllegalStateException("no error stream");
        }
        return new ProcessStreams(
                error,
                version >= VERSION_WITH_JSON,
                Optional.ofNullable(streams.get(STDIN)),
                Optional.ofNullable(streams.get(STDOUT)),
                Optional.ofNullable(streams.get(STDERR)),
                Optional.ofNullable(streams.get(RESIZE)));
    }
}
