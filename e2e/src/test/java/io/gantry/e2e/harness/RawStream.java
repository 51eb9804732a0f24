package io.gantry.e2e.harness;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;

/** A client of an URL of the streaming server, over WebSocket, that reads what it likes to. */
public final class RawStream implements AutoCloseable {

    private final Socket socket = new Socket();
    private long taken;

    /** Connects, and has the server begin. */
    public RawStream(String url) throws IOException {
        URI uri = URI.create(url);
        socket.setReceiveBufferSize(64 << 10);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
        socket.setSoTimeout((int) Await.seconds(60).toMillis());
        String request =
                """
                GET %s HTTP/1.1\r
                Host: x\r
                Connection: Upgrade\r
                Upgrade: websocket\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                \r
                """
                        .formatted(uri.getPath());
        socket.getOutputStream().write(request.getBytes(US_ASCII));
        String answer = new String(socket.getInputStream().readNBytes(12), US_ASCII);
        if (!answer.endsWith(" 101")) {
            throw new AssertionError(answer);
        }
    }

    /** Reads until some text comes: what the server was asked for has begun. */
    public RawStream awaitText(String text) throws IOException {
        StringBuilder last = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (last.indexOf(text) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new AssertionError("the end came instead of " + text);
            }
            last.append((char) next);
            last.delete(0, Math.max(0, last.length() - text.length()));
        }
        return this;
    }

    /** Reads so many bytes of what is there, at most. */
    public void take(int most) throws IOException {
        InputStream in = socket.getInputStream();
        taken += in.readNBytes(Math.min(most, in.available())).length;
    }

    /** Reads all until the server closes; how much was read altogether. */
    public long takeRest() throws IOException {
        byte[] buffer = new byte[64 << 10];
        try {
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                taken += count;
            }
        } catch (SocketException reset) {
            // Closed as well.
        }
        return taken;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
