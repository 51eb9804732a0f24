package io.gantry.cri.streaming.session;

import io.gantry.base.Tasks;
import io.gantry.cri.streaming.websocket.WebSocketChannel;
import io.gantry.cri.streaming.websocket.WebSocketConnection;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Forwards ports over a WebSocket connection: two channels for each port, one for data and one for
 * errors, which begin with the port's number in two bytes, the lower first.
 */
public final class WebSocketPorts {

    private static final int BYTE = 8;

    private WebSocketPorts() {}

    /** How many channels so many ports have. */
    public static int channels(int ports) {
        return 2 * ports;
    }

    /** Begins; the connection ends with the last of its ports. */
    public static void start(
            StreamRequest.Ports request, WebSocketConnection connection, Client client) {
        List<Integer> ports = request.ports();
        AtomicInteger open = new AtomicInteger(ports.size());
        for (int i = 0; i < ports.size(); i++) {
            int port = ports.get(i);
            WebSocketChannel data = connection.channel(2 * i);
            WebSocketChannel error = connection.channel(2 * i + 1);
            error.discardInput();
            PortSession.Streams streams = new PortSession.Streams(data, error, false);
            Runnable over =
                    () -> {
                        if (open.decrementAndGet() == 0) {
                            client.finish().run();
                        }
                    };
            PortSession session =
                    new PortSession(request, port, streams, client.wire().loop(), over);
            Tasks.start(
                    "port-forward",
                    () -> {
                        if (announce(port, data, error)) {
                            session.connect();
                        } else {
                            over.run();
                        }
                    });
        }
    }

    private static boolean announce(int port, WebSocketChannel data, WebSocketChannel error) {
        byte[] number = {(byte) port, (byte) (port >>> BYTE)};
        try {
            data.write(number);
            error.write(number);
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
