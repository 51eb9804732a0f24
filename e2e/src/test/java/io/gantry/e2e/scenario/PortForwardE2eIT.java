package io.gantry.e2e.scenario;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.PortForward;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code gantry port-forward}, with servers in pods that have no network but their own. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "the client sees nothing of the kernel, and its many starts take minutes")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PortForwardE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String SERVERS =
            "nc -ll -p 7001 -e cat & nc -ll -p 7002 -e echo second &"
                    + " nc -ll -p 7003 -e sleep 1000 & wait";

    @BeforeAll
    static void forwardOnce() throws IOException {
        // The daemon keeps what it needs for streams from the first of them on.
        String container = servers("first");
        try (PortForward forward = new PortForward(NODE.client(), 1, container, ":7001")) {
            assertThat(forward.say(0, "once")).isEqualTo("once");
        }
        NODE.daemon().removeEverything();
    }

    @Test
    void severalPortsAreForwardedUntilAnInterrupt() throws Exception {
        servers("served");
        try (PortForward forward = new PortForward(NODE.client(), 2, "served", ":7001", ":7002")) {
            String much = "0123456789".repeat(100_000);
            assertThat(forward.say(0, much)).isEqualTo(much);
            assertThat(forward.say(1, "")).isEqualTo("second\n");
            assertThat(forward.say(0, "again")).isEqualTo("again");
            forward.interrupt();
            assertThat(forward.awaitExit()).isZero();
            assertThatThrownBy(() -> forward.say(0, "gone")).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void aServerThatReadsNothingHoldsNoOtherConnectionBack() throws Exception {
        String container = servers("unread");
        try (PortForward forward = new PortForward(NODE.client(), 2, container, ":7003", ":7001");
                SocketChannel full = forward.fill(0)) {
            String much = "0123456789".repeat(300_000);
            assertThat(forward.say(1, much)).isEqualTo(much);
            assertThat(full.isConnected()).isTrue();
        }
    }

    @Test
    void aPortOfNobodyIsToldAndTheOthersGoOn() throws Exception {
        String container = servers("partly");
        try (PortForward forward = new PortForward(NODE.client(), 2, container, ":7009", ":7001")) {
            assertThat(refused(forward)).isTrue();
            assertThat(forward.complaint())
                    .startsWith("gantry: cannot forward 127.0.0.1:" + forward.ports().getFirst())
                    .contains(" -> 7009: ", "127.0.0.1:7009", "connection refused");
            assertThat(forward.say(1, "on")).isEqualTo("on");
        }
    }

    @Test
    void whatListensOnVersion6OnlyIsReachedOnceNobodyDoesOnVersion4() throws Exception {
        String container =
                NODE.run(
                        "both",
                        "mkdir /tmp/4 /tmp/6; echo four >/tmp/4/index.html; echo six"
                            + " >/tmp/6/index.html; httpd -f -p 127.0.0.1:7080 -h /tmp/4 & echo $!"
                            + " >/tmp/first; httpd -f -p '[::1]:7080' -h /tmp/6 & wait");
        awaitListening(container, "0100007F:1BA8 ", "01000000:1BA8 ");
        try (PortForward forward = new PortForward(NODE.client(), 1, container, ":7080")) {
            String request = "GET / HTTP/1.0\r\n\r\n";
            assertThat(forward.say(0, request)).endsWith("four\n");
            NODE.cri().shell(container, "kill $(cat /tmp/first)");
            Await.until(
                    "the second server",
                    Await.seconds(60),
                    () -> {
                        try {
                            return forward.say(0, request).endsWith("six\n");
                        } catch (SocketException firstIsEnding) {
                            return false;
                        }
                    });
        }
    }

    @Test
    void aPodOnTheHostsNetworkIsTheHost() throws Exception {
        PodSandboxConfig pod =
                NODE.pod("host").setLinux(Requests.namespaces(NamespaceMode.NODE)).build();
        String id = NODE.cri().runPod(pod);
        try (ServerSocket here = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                PortForward forward =
                        new PortForward(NODE.client(), 1, id, ":" + here.getLocalPort());
                Socket client = forward.connect(0);
                Socket server = here.accept()) {
            client.getOutputStream().write("to the host".getBytes(US_ASCII));
            client.shutdownOutput();
            server.getOutputStream().write("and back".getBytes(US_ASCII));
            server.shutdownOutput();
            assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("to the host");
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("and back");
        }
    }

    @Test
    void itEndsWithItsPod() throws Exception {
        String container = servers("ending");
        try (PortForward forward = new PortForward(NODE.client(), 1, container, ":7001")) {
            NODE.daemon().removeEverything();
            assertThat(refused(forward)).isTrue();
            assertThat(forward.complaint()).contains("no pod or container");
            assertThat(forward.awaitExit()).isEqualTo(1);
        }
    }

    @Test
    void itsConnectionsEndWithTheDaemonWhichDoesNotWaitForThem() throws Exception {
        String container = servers("staying");
        try (PortForward forward = new PortForward(NODE.client(), 1, container, ":7001");
                Socket open = forward.connect(0)) {
            open.getOutputStream().write('x');
            assertThat(open.getInputStream().read()).isEqualTo('x');
            NODE.daemon().stop();
            // A call that the daemon had waited for, and then cut off, would be a cancelled one.
            assertThat(forward.complaint()).contains("the connection to port 7001 broke");
        } finally {
            NODE.daemon().start();
            forwardOnce();
        }
    }

    @Test
    void whatCannotBeForwardedIsSaid() {
        Command.Result nobody = NODE.client().run("port-forward", "nobody", "80");
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).isEqualTo("gantry: no pod or container \"nobody\"\n");
        Command.Result noPort = NODE.client().run("port-forward", "nobody", "http");
        assertThat(noPort.code()).isEqualTo(2);
        assertThat(noPort.err())
                .isEqualTo("gantry: 'http' is not [LOCAL:]REMOTE, two numbers of ports\n");
    }

    /** A container with both servers, which listen. */
    private static String servers(String pod) {
        String container = NODE.run(pod, SERVERS);
        awaitListening(container, ":1B59 ", ":1B5A ", ":1B5B ");
        return container;
    }

    private static void awaitListening(String container, String... addresses) {
        Await.until(
                "servers that listen",
                Await.seconds(60),
                () -> {
                    String sockets =
                            NODE.cri().shell(container, "cat /proc/net/tcp /proc/net/tcp6");
                    return Stream.of(addresses).allMatch(sockets::contains);
                });
    }

    /** Whether the first port ends a connection without a word. */
    private static boolean refused(PortForward forward) throws IOException {
        try {
            return forward.say(0, "").isEmpty();
        } catch (SocketException reset) {
            return true;
        }
    }
}
