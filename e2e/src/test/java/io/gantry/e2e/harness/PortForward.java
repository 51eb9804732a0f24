package io.gantry.e2e.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A {@code gantry port-forward} that runs. */
public final class PortForward implements AutoCloseable {

    private static final Pattern LISTENING =
            Pattern.compile("Forwarding from 127\\.0\\.0\\.1:(\\d+) -> (\\d+)");

    /** Far beyond what the kernels and daemons on the way hold. */
    private static final long MOST_UNREAD = 256L << 20;

    private final Process process;
    private final List<Integer> ports = new ArrayList<>();

    /** Starts it, and waits until it has told of so many ports at 127.0.0.1. */
    public PortForward(Client client, int count, String... arguments) throws IOException {
        List<String> words = new ArrayList<>(List.of("port-forward"));
        words.addAll(List.of(arguments));
        process = client.command(words.toArray(String[]::new)).start();
        BufferedReader lines = process.inputReader();
        while (ports.size() < count) {
            String line = lines.readLine();
            if (line == null) {
                throw new AssertionError("it ended: " + errors());
            }
            Matcher matcher = LISTENING.matcher(line);
            if (matcher.matches()) {
                ports.add(Integer.parseInt(matcher.group(1)));
            }
        }
    }

    /** The ports of this machine, in the order of those of the pod. */
    public List<Integer> ports() {
        return List.copyOf(ports);
    }

    /** A connection to a port, the caller's to close. */
    public Socket connect(int index) throws IOException {
        Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), ports.get(index));
        socket.setSoTimeout((int) Await.seconds(60).toMillis());
        return socket;
    }

    /** Says something to a port, ends that direction, and returns what comes back. */
    public String say(int index, String text) throws IOException {
        try (Socket socket = connect(index)) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Connects to a port and sends until nothing is taken any more; the caller closes it. */
    public SocketChannel fill(int index) throws IOException {
        InetAddress localhost = InetAddress.ofLiteral("127.0.0.1");
        SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(localhost, ports.get(index)));
        channel.configureBlocking(false);
        ByteBuffer bytes = ByteBuffer.allocate(64 << 10);
        long sent = 0;
        long since = System.nanoTime();
        while (System.nanoTime() - since < Await.seconds(1).toNanos()) {
            int count = channel.write(bytes);
            if (count > 0) {
                sent += count;
                since = System.nanoTime();
            }
            if (sent > MOST_UNREAD) {
                throw new AssertionError(sent + " bytes were taken by nobody");
            }
            bytes.rewind();
        }
        return channel;
    }

    /** The next line of its standard error. */
    public String complaint() throws IOException {
        return Objects.requireNonNullElse(process.errorReader().readLine(), "");
    }

    /** Interrupts it as a terminal does. */
    public void interrupt() {
        Command.of("kill", "-INT", Long.toString(process.pid())).run().orThrow();
    }

    /** What it exits with. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(Await.seconds(60).toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("it still runs");
        }
        return process.exitValue();
    }

    private String errors() throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
