package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.streaming.session.StreamRequest;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server with a certificate, over real sockets. */
@Timeout(120)
class EncryptedStreamsTest {

    private static final int PORT = 8080;

    @TempDir Path directory;
    private ServerCertificate certificate;
    private LocalPort port;
    private StreamingServer server;

    @BeforeEach
    void start() throws Exception {
        certificate = new ServerCertificate(directory);
        port = new LocalPort();
        server = serving(certificate.files());
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        port.close();
    }

    @Test
    void urlsSayThatTheyAreEncrypted() {
        assertThat(url()).hasScheme("https");
    }

    @Test
    void muchArrivesWholeOverSpdyAndBothDirectionsEndByThemselves() throws Exception {
        byte[] much = new byte[2_000_000];
        new Random(1).nextBytes(much);
        URI url = url();
        try (Socket socket = encrypted(url);
                SpdyPeer client = new SpdyPeer(socket, url.getPath())) {
            int error = client.open("error", PORT, "1");
            int data = client.open("data", PORT, "1");
            client.end(error);
            try (Socket accepted = port.accept()) {
                Thread echo = Thread.ofVirtual().start(() -> echoToTheEnd(accepted));
                for (int from = 0; from < much.length; from += 20_000) {
                    client.send(data, java.util.Arrays.copyOfRange(much, from, from + 20_000));
                }
                client.end(data);
                assertThat(client.readToEnd(data)).isEqualTo(much);
                echo.join();
            }
        }
    }

    @Test
    void whatIsLeftIsSentBeforeAWebSocketIsClosed() throws Exception {
        try (WebSocketPeer client =
                new WebSocketPeer(url(), "v4.channel.k8s.io", certificate.trusting())) {
            try (Socket accepted = port.accept()) {
                accepted.getOutputStream().write("x".repeat(500_000).getBytes(UTF_8));
            }
            assertThat(client.readToEnd(0)).hasSize(500_002);
        }
    }

    @Test
    void aClientThatDoesNotEncryptIsDisconnected() throws Exception {
        URI url = url();
        try (Socket plain = new Socket(url.getHost(), url.getPort())) {
            plain.setSoTimeout(60_000);
            plain.getOutputStream()
                    .write(
                            ("GET " + url.getPath() + " HTTP/1.1\r\nHost: x\r\n\r\n")
                                    .getBytes(UTF_8));
            assertThat(allThatComes(plain)).doesNotContain("HTTP/1.1");
        }
    }

    private static String allThatComes(Socket socket) throws IOException {
        StringBuilder all = new StringBuilder();
        try {
            for (int next = socket.getInputStream().read();
                    next >= 0;
                    next = socket.getInputStream().read()) {
                all.append((char) next);
            }
        } catch (java.net.SocketException reset) {
            // That is an end, too.
        }
        return all.toString();
    }

    @Test
    void aCertificateThatIsNoneIsNamed() throws IOException {
        Path broken = directory.resolve("broken.crt");
        Files.writeString(broken, "nothing of use");
        try (StreamingServer unusable =
                serving(new StreamingSettings.Tls(broken, certificate.files().key()))) {
            assertThatThrownBy(() -> unusable.url(request()))
                    .isInstanceOf(UnavailableException.class)
                    .hasMessageContaining(broken.toString());
        }
    }

    private static void echoToTheEnd(Socket socket) {
        try {
            byte[] all = socket.getInputStream().readAllBytes();
            socket.getOutputStream().write(all);
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Socket encrypted(URI url) throws IOException {
        Socket socket =
                certificate
                        .trusting()
                        .getSocketFactory()
                        .createSocket(url.getHost(), url.getPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private URI url() {
        return URI.create(server.url(request()));
    }

    private StreamRequest.Ports request() {
        return new StreamRequest.Ports("p", List.of(PORT), port);
    }

    private static StreamingServer serving(StreamingSettings.Tls tls) {
        return new StreamingServer(
                new StreamingSettings(
                        "127.0.0.1",
                        0,
                        Optional.of(tls),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(60)),
                Clock.SYSTEM);
    }
}
