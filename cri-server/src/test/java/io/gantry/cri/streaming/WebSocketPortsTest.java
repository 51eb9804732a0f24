package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.cri.streaming.session.StreamRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forwarded ports with two channels each, between real sockets; the client is the JDK's. */
@Timeout(120)
class WebSocketPortsTest {

    private static final int WEB = 0x1F90;
    private static final int DATABASE = 0x1538;
    private static final String BINARY = "v4.channel.k8s.io";
    private static final String BASE64 = "v4.base64.channel.k8s.io";

    private StreamingServer server;
    private LocalPort web;
    private LocalPort database;

    @BeforeEach
    void start() throws IOException {
        web = new LocalPort();
        database = new LocalPort();
        server =
                new StreamingServer(
                        new StreamingSettings(
                                "127.0.0.1",
                                0,
                                Optional.empty(),
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(60)),
                        Clock.SYSTEM);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        web.close();
        database.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void eachPortHasTwoChannelsThatBeginWithItsNumber(String protocol) throws Exception {
        try (WebSocketPeer client = connect(protocol, WEB, DATABASE);
                Socket toWeb = web.accept();
                Socket toDatabase = database.accept()) {
            assertThat(client.protocol()).isEqualTo(protocol);
            assertThat(client.read(0, 2)).containsExactly(0x90, 0x1F);
            assertThat(client.read(1, 2)).containsExactly(0x90, 0x1F);
            assertThat(client.read(2, 2)).containsExactly(0x38, 0x15);
            assertThat(client.read(3, 2)).containsExactly(0x38, 0x15);

            client.send(2, "select".getBytes(UTF_8));
            assertThat(toDatabase.getInputStream().readNBytes(6)).asString().isEqualTo("select");
            client.send(0, "GET".getBytes(UTF_8));
            assertThat(toWeb.getInputStream().readNBytes(3)).asString().isEqualTo("GET");
            toWeb.getOutputStream().write("page".getBytes(UTF_8));
            toDatabase.getOutputStream().write("rows".getBytes(UTF_8));
            assertThat(text(client.read(0, 6))).isEqualTo("page");
            assertThat(text(client.read(2, 6))).isEqualTo("rows");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void muchArrivesWholeInBothDirections(String protocol) throws Exception {
        byte[] much = new byte[3_000_000];
        new Random(1).nextBytes(much);
        try (WebSocketPeer client = connect(protocol, WEB);
                Socket accepted = web.accept()) {
            Thread echo = Thread.ofVirtual().start(() -> echo(accepted, much.length));
            for (int from = 0; from < much.length; from += 100_000) {
                client.send(0, java.util.Arrays.copyOfRange(much, from, from + 100_000));
            }
            byte[] came = client.read(0, 2 + much.length);
            assertThat(java.util.Arrays.copyOfRange(came, 2, came.length)).isEqualTo(much);
            echo.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void aPortOfNobodyIsToldOnItsErrorChannelAndTheOthersGoOn(String protocol) throws Exception {
        String why = "error forwarding port 1 to pod p: nobody listens";
        try (WebSocketPeer client = connect(protocol, LocalPort.CLOSED, WEB);
                Socket accepted = web.accept()) {
            assertThat(text(client.read(1, 2 + why.length()))).isEqualTo(why);
            accepted.getOutputStream().write("here".getBytes(UTF_8));
            assertThat(text(client.read(2, 6))).isEqualTo("here");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void theConnectionEndsWithTheLastOfItsPortsAfterAllOfIt(String protocol) throws Exception {
        try (WebSocketPeer client = connect(protocol, WEB, DATABASE)) {
            try (Socket first = web.accept()) {
                first.getOutputStream().write("first".getBytes(UTF_8));
            }
            assertThat(text(client.read(0, 7))).isEqualTo("first");
            try (Socket second = database.accept()) {
                second.getOutputStream().write("x".repeat(500_000).getBytes(UTF_8));
            }
            assertThat(client.readToEnd(2)).hasSize(500_002);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, BASE64})
    void aClientThatGoesEndsItsConnections(String protocol) throws Exception {
        try (Socket accepted = goneFrom(connect(protocol, WEB))) {
            assertThat(ends(accepted)).isTrue();
        }
    }

    private Socket goneFrom(WebSocketPeer client) throws IOException, InterruptedException {
        try (client) {
            Socket accepted = web.accept();
            assertThat(client.read(0, 2)).hasSize(2);
            return accepted;
        }
    }

    private static boolean ends(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketException reset) {
            return true;
        }
    }

    private static void echo(Socket socket, int length) {
        try {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(socket.getInputStream().readNBytes(length));
            all.writeTo(socket.getOutputStream());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** What follows the number of the port. */
    private static String text(byte[] received) {
        return new String(received, 2, received.length - 2, UTF_8);
    }

    private WebSocketPeer connect(String protocol, Integer... ports) {
        StreamRequest.Dialer dialer =
                port -> port == DATABASE ? database.dial(port) : web.dial(port);
        URI url = URI.create(server.url(new StreamRequest.Ports("p", List.of(ports), dialer)));
        return new WebSocketPeer(url, protocol, null);
    }
}
