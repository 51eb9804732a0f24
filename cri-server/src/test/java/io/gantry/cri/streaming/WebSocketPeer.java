package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A client with numbered channels, over the JDK's WebSocket. */
final class WebSocketPeer implements WebSocket.Listener, AutoCloseable {

    private final HttpClient http;
    private final boolean base64;
    private final WebSocket socket;

    /** Guarded by this, as what follows. */
    private final Map<Integer, ByteArrayOutputStream> received = new HashMap<>();

    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
    private boolean closed;

    /**
     * Connects.
     *
     * @param url as the server hands it out
     * @param tls trusts the server where that is encrypted
     */
    WebSocketPeer(URI url, String protocol, @Nullable SSLContext tls) {
        HttpClient.Builder client = HttpClient.newBuilder();
        this.http = (tls == null ? client : client.sslContext(tls)).build();
        this.base64 = protocol.contains("base64");
        URI address = URI.create(url.toString().replaceFirst("http", "ws"));
        this.socket =
                http.newWebSocketBuilder().subprotocols(protocol).buildAsync(address, this).join();
    }

    /** What the server agreed to. */
    String protocol() {
        return socket.getSubprotocol();
    }

    void send(int channel, byte[] bytes) {
        if (base64) {
            String message = channel + Base64.getEncoder().encodeToString(bytes);
            WebSocket _ = socket.sendText(message, true).join();
        } else {
            ByteBuffer message = ByteBuffer.allocate(1 + bytes.length);
            message.put((byte) channel).put(bytes).flip();
            WebSocket _ = socket.sendBinary(message, true).join();
        }
    }

    /** Waits for so many bytes of a channel, and returns all there are. */
    synchronized byte[] read(int channel, int count) throws InterruptedException {
        while (of(channel).size() < count) {
            if (closed) {
                throw new AssertionError("closed after " + of(channel).size() + " bytes");
            }
            wait();
        }
        return of(channel).toByteArray();
    }

    /** Waits for the end of the connection, and returns all that a channel had. */
    synchronized byte[] readToEnd(int channel) throws InterruptedException {
        while (!closed) {
            wait();
        }
        return of(channel).toByteArray();
    }

    private ByteArrayOutputStream of(int channel) {
        return received.computeIfAbsent(channel, _ -> new ByteArrayOutputStream());
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onText(
            WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            of(text.charAt(0) - '0')
                    .writeBytes(Base64.getDecoder().decode(text.substring(1).getBytes(UTF_8)));
            text.setLength(0);
            notifyAll();
        }
        from.request(1);
        return null;
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onBinary(
            WebSocket from, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        binary.writeBytes(bytes);
        if (last) {
            byte[] message = binary.toByteArray();
            of(message[0]).write(message, 1, message.length - 1);
            binary.reset();
            notifyAll();
        }
        from.request(1);
        return null;
    }

    @Override
    public synchronized @Nullable CompletionStage<?> onClose(
            WebSocket from, int status, String reason) {
        closed = true;
        notifyAll();
        return null;
    }

    @Override
    public synchronized void onError(WebSocket from, Throwable error) {
        closed = true;
        notifyAll();
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
    }
}
