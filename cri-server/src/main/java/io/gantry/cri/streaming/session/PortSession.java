package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.base.error.ServiceException;
import io.gantry.cri.streaming.wire.ByteStream;
import io.gantry.cri.streaming.wire.SocketStream;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a port of a pod. Each direction ends by itself; a connection that breaks does
 * not disturb the others of its client.
 */
final class PortSession implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(PortSession.class);

    private final StreamRequest.Ports request;
    private final int port;
    private final Streams client;
    private final IoEventLoop loop;

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
     */
    PortSession(StreamRequest.Ports request, int port, Streams client, IoEventLoop loop) {
        this.request = request;
        this.port = port;
        this.client = client;
        this.loop = loop;
    }

    /** Takes until both directions have ended. */
    @Override
    public void run() {
        try (SocketStream socket = SocketStream.adopt(request.dialer().dial(port), loop)) {
            // Whoever waits for the port would not notice.
            client.data().onBroken(socket::reset);
            forward(socket);
            client.error().endOutput();
        } catch (ServiceException | IOException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            client.data().reset();
            client.error().endOutput();
        }
    }

    private void forward(SocketStream socket) throws InterruptedException {
        Thread up = Tasks.start("port-up", () -> up(socket));
        try {
            down(socket);
            up.join();
        } catch (InterruptedException e) {
            socket.reset();
            up.interrupt();
            up.join();
            throw e;
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
    }

    /** From the client to the port. */
    private void up(SocketStream socket) {
        ByteStream data = client.data();
        try {
            for (byte[] bytes = data.read(); bytes != null; bytes = data.read()) {
                if (!taken(bytes, socket::write)) {
                    // It may have said something before, which is still to be read.
                    data.discardInput();
                    return;
                }
            }
            socket.endOutput();
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the client gave a forwarded connection up");
            socket.reset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            socket.reset();
        }
    }

    /** From the port to the client. */
    private void down(SocketStream socket) throws InterruptedException {
        ByteStream data = client.data();
        try {
            for (byte[] bytes = socket.read(); bytes != null; bytes = socket.read()) {
                if (!taken(bytes, data::write)) {
                    socket.reset();
                    return;
                }
            }
            data.endOutput();
            if (!client.endsApart()) {
                data.discardInput();
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("a forwarded connection broke");
            data.reset();
        }
    }

    /** Where bytes go. */
    private interface Sink {
        void write(byte[] bytes) throws IOException, InterruptedException;
    }

    private static boolean taken(byte[] bytes, Sink sink) throws InterruptedException {
        try {
            sink.write(bytes);
            return true;
        } catch (IOException e) {
            log.atDebug().setCause(e).log("a forwarded connection takes no more");
            return false;
        }
    }
}
