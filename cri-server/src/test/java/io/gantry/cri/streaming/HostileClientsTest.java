package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.cri.streaming.session.StreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients that only want to keep the server busy. */
@Timeout(120)
class HostileClientsTest {

    private static final String UPGRADE =
            "GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";

    private final List<Socket> sockets = new ArrayList<>();
    private StreamingServer server = serving(Duration.ofSeconds(60));

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.close();
    }

    @Test
    void ofTenThousandHalfRequestsAThousandAreKeptAndNobodyElseIsKeptOut() throws IOException {
        URI url = url();
        Deque<Socket> kept = new ArrayDeque<>();
        for (int i = 0; i < 10_000; i++) {
            Socket half = connect(url);
            // A reset leaves no port of this machine in use.
            half.setSoLinger(true, 0);
            send(half, "GET " + url.getPath());
            kept.add(half);
            if (kept.size() > 1000) {
                Socket oldest = kept.remove();
                assertThat(readsToTheEnd(oldest)).isTrue();
                oldest.close();
                sockets.remove(oldest);
            }
        }
        Socket good = connect(url);
        send(good, UPGRADE.formatted(url.getPath()));
        assertThat(line(good)).isEqualTo("HTTP/1.1 101 Switching Protocols");
    }

    @Test
    void aCommandThatReadsNothingHoldsItsClientBack() throws IOException {
        URI url =
                url(
                        new StreamRequest.Wanted(true, false, false, false),
                        size -> new UnreadProcess());
        try (SocketChannel channel =
                        SocketChannel.open(new InetSocketAddress(url.getHost(), url.getPort()));
                SpdyPeer client =
                        new SpdyPeer(channel.socket(), url.getPath(), "v4.channel.k8s.io")) {
            int _ = client.open("error", 0, "");
            int stdin = client.open("stdin", 0, "");
            channel.configureBlocking(false);
            // Half a MiB in the daemon, the rest in the kernel.
            assertThat(Flood.acceptedBytes(channel, Flood.spdyData(stdin))).isLessThan(64 << 20);
        }
    }

    @Test
    void aRequestThatTricklesInIsNotWaitedFor() throws IOException {
        server.close();
        server = serving(Duration.ofSeconds(1));
        Socket slow = connect(url());
        assertThat(acceptsLessThan(slow, 2_000_000)).isTrue();
    }

    @Test
    void aClientThatOpensNoStreamsIsNotWaitedFor() throws IOException {
        server.close();
        // Long enough for the upgrade itself on a busy machine.
        server = serving(Duration.ofSeconds(4));
        URI url = url();
        Socket idle = connect(url);
        send(idle, UPGRADE.formatted(url.getPath()));
        assertThat(line(idle)).isEqualTo("HTTP/1.1 101 Switching Protocols");

        assertThat(readsToTheEnd(idle)).isTrue();
    }

    @Test
    void aConnectionOverWhichNothingPassesIsClosed() throws IOException {
        server.close();
        server = serving(Duration.ofSeconds(2), Duration.ofSeconds(60));
        URI url = url();
        Socket idle = connect(url);
        send(idle, UPGRADE.formatted(url.getPath()));
        assertThat(line(idle)).isEqualTo("HTTP/1.1 101 Switching Protocols");

        assertThat(readsToTheEnd(idle)).isTrue();
    }

    @Test
    void aRequestWithTooMuchInItIsRefused() throws IOException {
        URI url = url();
        Socket large = connect(url);
        send(large, "GET " + url.getPath() + " HTTP/1.1\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
        assertThat(readsToTheEnd(large)).isTrue();

        Socket lengthy = connect(url);
        send(lengthy, "GET /" + "x".repeat(5000) + " HTTP/1.1\r\n\r\n");
        assertThat(readsToTheEnd(lengthy)).isTrue();
    }

    @Test
    void aClientThatReadsNoAnswersIsDisconnected() throws IOException {
        URI url = url();
        Socket flood = new Socket();
        sockets.add(flood);
        flood.setReceiveBufferSize(4096);
        flood.connect(new InetSocketAddress(url.getHost(), url.getPort()));
        send(flood, UPGRADE.formatted(url.getPath()));
        assertThat(line(flood)).isEqualTo("HTTP/1.1 101 Switching Protocols");
        byte[] pings = pings(5000);
        boolean cut = false;
        for (int i = 0; i < 2000 && !cut; i++) {
            try {
                flood.getOutputStream().write(pings);
            } catch (IOException e) {
                cut = true;
            }
        }
        assertThat(cut).as("10 million pings were answered to nobody").isTrue();
    }

    @Test
    void closingTheServerClosesWhatIsConnected() throws IOException {
        URI url = url();
        Socket silent = connect(url);
        Socket streaming = connect(url);
        send(streaming, UPGRADE.formatted(url.getPath()));
        assertThat(line(streaming)).isEqualTo("HTTP/1.1 101 Switching Protocols");

        server.close();

        assertThat(readsToTheEnd(silent)).isTrue();
        assertThat(readsToTheEnd(streaming)).isTrue();
    }

    private static StreamingServer serving(Duration creation) {
        return serving(Duration.ofMinutes(5), creation);
    }

    private static StreamingServer serving(Duration idle, Duration creation) {
        return new StreamingServer(
                new StreamingSettings("127.0.0.1", 0, Optional.empty(), idle, creation),
                Clock.SYSTEM);
    }

    private URI url() {
        return url(
                new StreamRequest.Wanted(false, true, false, false),
                size -> {
                    throw new AssertionError("nobody gets so far");
                });
    }

    private URI url(StreamRequest.Wanted wanted, StreamRequest.Opener opener) {
        return URI.create(server.url(new StreamRequest.Process("exec", wanted, opener, true)));
    }

    private Socket connect(URI url) throws IOException {
        Socket socket = new Socket(url.getHost(), url.getPort());
        socket.setSoTimeout(60_000);
        sockets.add(socket);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(US_ASCII));
    }

    /** A line; the rest of the head is skipped. */
    private static String line(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                break;
            }
            head.append((char) next);
        }
        return head.toString().lines().findFirst().orElse("");
    }

    private static boolean readsToTheEnd(Socket socket) {
        try {
            while (socket.getInputStream().read() >= 0) {
                // Whatever it says before.
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    /** Sends single bytes of a header that never ends, until the server has enough. */
    private static boolean acceptsLessThan(Socket socket, int most) throws IOException {
        socket.setTcpNoDelay(true);
        send(socket, "GET / HTTP/1.1\r\nX: ");
        for (int i = 0; i < most; i++) {
            try {
                socket.getOutputStream().write('x');
                socket.setSoTimeout(1);
                if (socket.getInputStream().read() < 0) {
                    return true;
                }
            } catch (java.net.SocketTimeoutException goesOn) {
                // It listens still.
            } catch (IOException cut) {
                return true;
            }
        }
        return false;
    }

    private static byte[] pings(int count) {
        EmbeddedChannel client = new EmbeddedChannel(new SpdyFrameCodec(SpdyVersion.SPDY_3_1));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            client.writeOutbound(new DefaultSpdyPingFrame(2 * i + 1));
            ByteBuf bytes = client.readOutbound();
            all.writeBytes(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
        return all.toByteArray();
    }
}
