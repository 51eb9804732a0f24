package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.cri.streaming.wire.ByteStream;
import io.netty.channel.IoEventLoop;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a port of a pod. Each direction ends by itself; a connection that breaks does
 * not disturb the others of its client.
 */
final class PortSession {

    private static final Logger log = LoggerFactory.getLogger(PortSession.class);

    private final StreamRequest.Ports request;
    private final int port;
    private final Streams client;
    private final IoEventLoop loop;
    private final Runnable over;

    /**
     * The client's streams.
     *
     * @param data between client and port
     * @param error tells the client why there is no connection
     * @param endsApart whether the client hears of the end of a direction; otherwise the end of
     *     what comes from the port is the end of both
     */
    record Streams(ByteStream data, ByteStream error, boolean endsApart) {}

    /**
     * One that is to be run.
     *
     * @param loop of the client's connection
     * @param over runs once, when both directions have ended or there is no connection
     */
    PortSession(
            StreamRequest.Ports request,
            int port,
            Streams client,
            IoEventLoop loop,
            Runnable over) {
        this.request = request;
        this.port = port;
        this.client = client;
        this.loop = loop;
        this.over = over;
    }

    /** Connects, which takes until somebody at the port does; the event loop does the rest. */
    void connect() {
        try {
            int descriptor = request.dialer().dial(port);
            try {
                loop.execute(() -> relay(descriptor));
            } catch (RejectedExecutionException e) {
                new Socket(descriptor).close();
                throw new IOException("the daemon is shutting down", e);
            }
        } catch (ServiceException | IOException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    private void relay(int descriptor) {
        try {
            new PortRelay(client, over).begin(descriptor, loop);
        } catch (IOException e) {
            Thread _ = Tasks.start("port-forward", () -> fail(String.valueOf(e.getMessage())));
        }
    }

    private void fail(String why) {
        String message = "error forwarding port " + port + " to pod " + request.pod() + ": " + why;
        try {
            client.error().write(message.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the client did not wait for the reason");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        client.error().endOutput();
        client.data().reset();
        over.run();
    }
}
