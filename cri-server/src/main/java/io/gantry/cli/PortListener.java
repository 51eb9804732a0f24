package io.gantry.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Listens on one address of this machine for connections to a port of a pod. */
final class PortListener implements AutoCloseable {

    private static final int BACKLOG = 128;
    private static final String LOCALHOST = "localhost";

    private final ServerSocket server;
    private final int remote;

    private PortListener(ServerSocket server, int remote) {
        this.server = server;
        this.remote = remote;
    }

    /**
     * Listens on all addresses for one port. {@code localhost} is 127.0.0.1 and ::1, of which one
     * may be missing.
     *
     * @throws IOException when one is not to be had; nothing is left open then
     * @throws UsageException when one is no address
     */
    static List<PortListener> open(List<String> addresses, ForwardedPort port) throws IOException {
        List<PortListener> opened = new ArrayList<>();
        try {
            for (String address : addresses) {
                // A port that was chosen on one address is that on all.
                int local = opened.isEmpty() ? port.local() : opened.getFirst().localPort();
                if (address.equals(LOCALHOST)) {
                    openLocalhost(new ForwardedPort(local, port.remote()), opened);
                } else {
                    opened.add(open(literal(address), local, port.remote()));
                }
            }
            return opened;
        } catch (IOException | UsageException e) {
            closeAll(opened);
            throw e;
        }
    }

    private static void openLocalhost(ForwardedPort port, List<PortListener> opened)
            throws IOException {
        int before = opened.size();
        IOException missing = null;
        for (String each : List.of("127.0.0.1", "::1")) {
            int local = opened.isEmpty() ? port.local() : opened.getFirst().localPort();
            try {
                opened.add(open(literal(each), local, port.remote()));
            } catch (IOException e) {
                missing = missing == null ? e : missing;
            }
        }
        if (opened.size() == before && missing != null) {
            throw missing;
        }
    }

    private static PortListener open(InetAddress address, int local, int remote)
            throws IOException {
        ServerSocket server = new ServerSocket();
        try {
            server.bind(new InetSocketAddress(address, local), BACKLOG);
            return new PortListener(server, remote);
        } catch (IOException e) {
            server.close();
            throw new IOException(
                    "cannot listen at " + text(address) + ":" + local + ": " + Failures.text(e), e);
        }
    }

    static void closeAll(List<PortListener> listeners) {
        listeners.forEach(PortListener::close);
    }

    private static InetAddress literal(String address) {
        try {
            return InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    "--address: '" + address + "' is neither an IP address nor localhost");
        }
    }

    private static String text(InetAddress address) {
        String literal = address.getHostAddress();
        return literal.contains(":") ? "[" + literal + "]" : literal;
    }

    int localPort() {
        return server.getLocalPort();
    }

    int remotePort() {
        return remote;
    }

    /** As a person sees it. */
    @Override
    public String toString() {
        return text(server.getInetAddress()) + ":" + localPort() + " -> " + remote;
    }

    /**
     * The next connection.
     *
     * @throws IOException when it is closed
     */
    Socket accept() throws IOException {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        return socket;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            // It is closed all the same.
        }
    }
}
