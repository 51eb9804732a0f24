package io.gantry.cri.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.wire.SocketStream;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Forwarded ports over SPDY, between real sockets; only the dialling is not that of a pod. */
@Timeout(120)
class PortForwardTest {

    private static final int PORT = 8080;

    private StreamingServer server;
    private LocalPort port;

    @BeforeEach
    void start() throws IOException {
        port = new LocalPort();
        server = serving(Duration.ofSeconds(60));
    }

    private static StreamingServer serving(Duration creation) {
        return new StreamingServer(
                new StreamingSettings(
                        "127.0.0.1", 0, Optional.empty(), Duration.ofMinutes(5), creation),
                Clock.SYSTEM);
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        port.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 1_000_000, 9_000_000})
    void whatThePortSaidBeforeItClosedArrivesWholeHoweverLateItIsRead(int size) throws Exception {
        byte[] said = random(size);
        try (SpdyPeer client = connect()) {
            int data = openPair(client, PORT, "1");
            try (Socket accepted = port.accept()) {
                CompletableFuture<Void> writing = inBackground(() -> write(accepted, said));
                if (size <= 65_537) {
                    // All of it, and the end, are in the kernel before the client reads at all.
                    writing.join();
                }
                assertThat(client.readToEnd(data)).isEqualTo(said);
                writing.join();
            }
        }
    }

    @Test
    void theEndOfTheClientsInputReachesThePortAfterAllOfItAndTheAnswerComesBack() throws Exception {
        byte[] sent = random(9_000_000);
        try (SpdyPeer client = connect()) {
            int data = openPair(client, PORT, "1");
            try (Socket accepted = port.accept()) {
                CompletableFuture<byte[]> heard =
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return accepted.getInputStream().readAllBytes();
                                    } catch (IOException e) {
                                        throw new java.io.UncheckedIOException(e);
                                    }
                                });
                for (int from = 0; from < sent.length; from += 30_000) {
                    int to = Math.min(sent.length, from + 30_000);
                    client.send(data, java.util.Arrays.copyOfRange(sent, from, to));
                }
                client.end(data);
                assertThat(heard.join()).isEqualTo(sent);
                write(accepted, "all heard".getBytes(UTF_8));
                assertThat(new String(client.readToEnd(data), UTF_8)).isEqualTo("all heard");
            }
        }
    }

    @Test
    void anAnswerIsReadAlthoughThePortTakesNoMoreOfTheRequest() throws Exception {
        try (SpdyPeer client = connect()) {
            int data = openPair(client, PORT, "1");
            try (Socket accepted = port.accept()) {
                client.send(data, new byte[20_000]);
                assertThat(accepted.getInputStream().read()).isZero();
                accepted.getOutputStream().write("too large".getBytes(UTF_8));
                accepted.shutdownOutput();
            }
            // It is closed with input unread, which resets it.
            client.send(data, new byte[20_000]);
            assertThat(client.read(data, 9)).isEqualTo("too large");
        }
    }

    @Test
    void aConnectionThatThePortResetsDoesNotDisturbTheNext() throws Exception {
        try (SpdyPeer client = connect()) {
            int first = openPair(client, PORT, "1");
            Socket broken = port.accept();
            int second = openPair(client, PORT, "2");
            try (Socket whole = port.accept()) {
                broken.setSoLinger(true, 0);
                broken.close();
                client.awaitReset(first);
                write(whole, "here".getBytes(UTF_8));
                assertThat(new String(client.readToEnd(second), UTF_8)).isEqualTo("here");
            }
        }
    }

    @Test
    void whyThereIsNoConnectionIsToldOnTheErrorStreamAndTheNextIsServed() throws Exception {
        try (SpdyPeer client = connect()) {
            int error = client.open("error", LocalPort.CLOSED, "1");
            int data = client.open("data", LocalPort.CLOSED, "1");
            client.end(error);
            assertThat(new String(client.readToEnd(error), UTF_8))
                    .isEqualTo("error forwarding port 1 to pod p: nobody listens");
            client.awaitReset(data);

            int next = openPair(client, PORT, "2");
            try (Socket accepted = port.accept()) {
                write(accepted, "next".getBytes(UTF_8));
                assertThat(new String(client.readToEnd(next), UTF_8)).isEqualTo("next");
            }
        }
    }

    @Test
    void anOldClientThatNamesNoRequestIsServed() throws Exception {
        try (SpdyPeer client = connect()) {
            int data = openPair(client, PORT, "");
            try (Socket accepted = port.accept()) {
                write(accepted, "old".getBytes(UTF_8));
                assertThat(new String(client.readToEnd(data), UTF_8)).isEqualTo("old");
            }
        }
    }

    @Test
    void streamsThatNameNoPortOrNoTypeAreRefused() throws Exception {
        try (SpdyPeer client = connect()) {
            client.awaitReset(client.open("data", 0, "1"));
            client.awaitReset(client.open("data", 65_536, "2"));
            client.awaitReset(client.open("stdin", PORT, "3"));
            int whole = client.open("error", PORT, "4");
            client.awaitReset(client.open("error", PORT, "4"));
            client.end(whole);
        }
    }

    @Test
    void aStreamWhoseOtherHalfDoesNotComeIsResetAndTheNextPairIsServed() throws Exception {
        server.close();
        server = serving(Duration.ofSeconds(4));
        try (SpdyPeer client = connect()) {
            client.awaitReset(client.open("data", PORT, "1"));
            client.awaitReset(client.open("error", PORT, "2"));
            int data = openPair(client, PORT, "3");
            try (Socket accepted = port.accept()) {
                accepted.getOutputStream().write('x');
                assertThat(client.read(data, 1)).isEqualTo("x");
            }
        }
    }

    @Test
    void theErrorStreamEndsWithItsConnection() throws Exception {
        try (SpdyPeer client = connect()) {
            int error = client.open("error", PORT, "1");
            int data = client.open("data", PORT, "1");
            try (Socket accepted = port.accept()) {
                client.reset(data);
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(client.readToEnd(error)).isEmpty();
        }
    }

    @Test
    void theEndOfTheServerIsToldAndEndsAllConnections() throws Exception {
        try (SpdyPeer client = connect()) {
            int data = openPair(client, PORT, "1");
            try (Socket accepted = port.accept()) {
                accepted.getOutputStream().write("open".getBytes(UTF_8));
                assertThat(client.read(data, 4)).isEqualTo("open");
                CompletableFuture<Void> closing = inBackground(server::close);
                client.awaitGoAway();
                client.awaitClose();
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
                client.hangUp();
                closing.join();
            }
        }
    }

    @Test
    void theEndOfTheServerIsToldBehindWhatTheClientHasNotReadYet() throws Exception {
        try (SpdyPeer client = connect()) {
            int data = openPair(client, PORT, "1");
            try (SocketChannel accepted = port.accept().getChannel()) {
                accepted.configureBlocking(false);
                assertThat(Flood.acceptedBytes(accepted, new byte[64 << 10])).isPositive();
                client.send(data, "unread".getBytes(UTF_8));
                CompletableFuture<Void> closing = inBackground(server::close);
                client.awaitGoAway();
                client.hangUp();
                closing.join();
            }
        }
    }

    @Test
    void aConnectionThatCameByNoUrlEndsWithTheServer() throws Exception {
        try (SocketStream socket = server.adopt(port.dial(PORT));
                Socket accepted = port.accept()) {
            CompletableFuture<Boolean> broke =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return socket.read() == null;
                                } catch (IOException e) {
                                    return true;
                                } catch (InterruptedException e) {
                                    return false;
                                }
                            });
            server.close();
            assertThat(broke.join()).isTrue();
            assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aPortThatReadsNothingHoldsItsClientBack() throws Exception {
        URI url = url();
        try (SocketChannel channel = SocketChannel.open(address(url));
                SpdyPeer client = new SpdyPeer(channel.socket(), url.getPath());
                Socket accepted = acceptedFrom(client)) {
            channel.configureBlocking(false);
            assertThat(Flood.acceptedBytes(channel, Flood.spdyData(3))).isLessThan(256 << 20);
            assertThat(accepted.getInputStream().read()).isZero();
        }
    }

    @Test
    void whatWaitsForManyPortsIsNotAllOutsideTheHeap() throws Exception {
        List<AutoCloseable> open = new ArrayList<>();
        try {
            for (int i = 0; i < 60; i++) {
                URI url = url();
                SocketChannel channel = SocketChannel.open(address(url));
                open.add(channel);
                SpdyPeer client = new SpdyPeer(channel.socket(), url.getPath());
                Socket accepted = acceptedFrom(client);
                open.add(accepted);
                channel.configureBlocking(false);
                fill(channel);
            }
            assertThat(PooledByteBufAllocator.DEFAULT.pinnedDirectMemory())
                    .as("of 30 MiB, and what is being read")
                    .isLessThan(20L << 20);
        } finally {
            for (AutoCloseable each : open) {
                each.close();
            }
        }
    }

    /** Until the kernel takes no more for a moment, several times. */
    private static void fill(SocketChannel channel) throws IOException {
        ByteBuffer frame = ByteBuffer.wrap(Flood.spdyData(3));
        int refused = 0;
        while (refused < 20) {
            if (channel.write(frame) > 0) {
                refused = 0;
            } else {
                refused++;
                LockSupport.parkNanos(2_000_000);
            }
            if (!frame.hasRemaining()) {
                frame.rewind();
            }
        }
    }

    @Test
    void aClientThatReadsNothingHoldsThePortBack() throws Exception {
        try (SpdyPeer client = connect()) {
            int _ = openPair(client, PORT, "1");
            try (SocketChannel accepted = port.accept().getChannel()) {
                accepted.configureBlocking(false);
                assertThat(Flood.acceptedBytes(accepted, new byte[64 << 10])).isLessThan(256 << 20);
            }
        }
    }

    private int openPair(SpdyPeer client, int number, String request) throws IOException {
        int error = client.open("error", number, request);
        int data = client.open("data", number, request);
        client.end(error);
        return data;
    }

    private Socket acceptedFrom(SpdyPeer client) throws IOException {
        int _ = openPair(client, PORT, "1");
        return port.accept();
    }

    private static InetSocketAddress address(URI url) {
        return new InetSocketAddress(url.getHost(), url.getPort());
    }

    private SpdyPeer connect() throws IOException {
        URI url = url();
        Socket socket = new Socket(url.getHost(), url.getPort());
        socket.setSoTimeout(60_000);
        return new SpdyPeer(socket, url.getPath());
    }

    private URI url() {
        return URI.create(server.url(new StreamRequest.Ports("p", List.of(PORT), port)));
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static CompletableFuture<Void> inBackground(Runnable task) {
        return CompletableFuture.runAsync(task);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
