package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.cri.streaming.websocket.WebSocketConnection;
import io.gantry.cri.streaming.wire.ByteStream;
import java.io.IOException;
import java.util.Optional;

/**
 * Starts the session of a process over a WebSocket connection, whose channels are there at once.
 */
public final class WebSocketProcess {

    /** Standard input, output and error, the status, and sizes of the terminal. */
    public static final int CHANNELS = 5;

    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int ERROR = 3;
    private static final int RESIZE = 4;
    private static final byte[] GREETING = {};

    private WebSocketProcess() {}

    /** Begins; what comes on channels that were not asked for is dropped. */
    public static void start(
            StreamRequest.Process request,
            WebSocketConnection connection,
            boolean statusJson,
            Client client) {
        StreamRequest.Wanted wanted = request.wanted();
        ProcessStreams streams =
                new ProcessStreams(
                        connection.channel(ERROR),
                        statusJson,
                        channel(connection, STDIN, wanted.stdin()),
                        channel(connection, STDOUT, wanted.stdout()),
                        channel(connection, STDERR, wanted.stderr()),
                        channel(connection, RESIZE, wanted.terminal()));
        connection.channel(ERROR).discardInput();
        connection.channel(STDOUT).discardInput();
        connection.channel(STDERR).discardInput();
        Tasks.start(
                request.verb(),
                () -> {
                    greet(streams);
                    new ProcessSession(request, streams, client).run();
                });
    }

    private static Optional<ByteStream> channel(
            WebSocketConnection connection, int number, boolean wanted) {
        if (!wanted) {
            connection.channel(number).discardInput();
            return Optional.empty();
        }
        return Optional.of(connection.channel(number));
    }

    /** An empty message on the first channel that the client reads says that it is connected. */
    private static void greet(ProcessStreams streams) {
        try {
            streams.stdout().or(streams::stderr).orElse(streams.error()).write(GREETING);
        } catch (IOException e) {
            // The session finds out too.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
