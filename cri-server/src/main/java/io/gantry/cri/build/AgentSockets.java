package io.gantry.cri.build;

import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.base.error.InternalException;
import io.gantry.runtime.bundle.Trees;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets of this node behind which agents of one client are: what is written to a connection goes
 * to the client, numbered, and back. Thread-safe.
 */
public final class AgentSockets implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AgentSockets.class);

    private static final int PIECE = 32 << 10;
    private static final int NAME_DIGITS = 16;
    private static final int MAX_CONNECTIONS = 64;

    private final Path directory;
    private final Peer peer;
    private final Map<String, Path> sockets = new HashMap<>();
    private final List<ServerSocketChannel> listening = new ArrayList<>();
    private final Map<Integer, SocketChannel> connections = new HashMap<>();
    private int last;

    /**
     * Makes none yet.
     *
     * @param directory of the sockets, with a short path
     */
    public AgentSockets(Path directory, Peer peer) {
        this.directory = directory;
        this.peer = peer;
    }

    /** Whoever has the agents. */
    @FunctionalInterface
    public interface Peer {

        /**
         * Takes what came by a connection; may wait.
         *
         * @param agent its id
         * @param ends whether the connection is over with this
         */
        void accept(int connection, String agent, byte[] bytes, boolean ends);
    }

    /** Makes the directory, without the sockets that nobody listens on any more. */
    public static void sweep(Path directory) throws IOException {
        Trees.delete(directory);
        Files.createDirectories(directory);
    }

    /** The socket of an agent, made at the first time. */
    public synchronized Path socket(String agent) {
        return sockets.computeIfAbsent(agent, this::listen);
    }

    /** What the client's agent said. */
    public void receive(int connection, byte[] bytes, boolean ends) {
        SocketChannel channel;
        synchronized (this) {
            channel = connections.get(connection);
        }
        if (channel == null) {
            return;
        }
        try {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            if (ends) {
                channel.close();
            }
        } catch (IOException e) {
            log.atDebug().addKeyValue("connection", connection).setCause(e).log("agent left");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        for (ServerSocketChannel each : listening) {
            each.close();
        }
        for (SocketChannel each : connections.values()) {
            each.close();
        }
        for (Path each : sockets.values()) {
            Files.deleteIfExists(each);
        }
    }

    private Path listen(String agent) {
        Path socket = directory.resolve(Ids.random().substring(0, NAME_DIGITS));
        try {
            Files.createDirectories(directory);
            ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listening.add(channel);
            channel.bind(UnixDomainSocketAddress.of(socket));
            Tasks.start("agent-" + agent, () -> accept(channel, agent));
            return socket;
        } catch (IOException e) {
            throw new InternalException("listen on " + socket + ": " + e.getMessage(), e);
        }
    }

    private void accept(ServerSocketChannel from, String agent) {
        try {
            while (true) {
                SocketChannel channel = from.accept();
                int number = enter(channel);
                if (number == 0) {
                    channel.close();
                } else {
                    Tasks.start("agent-connection", () -> relay(channel, number, agent));
                }
            }
        } catch (IOException e) {
            // Closed with the build.
        }
    }

    private synchronized int enter(SocketChannel channel) {
        if (connections.size() >= MAX_CONNECTIONS) {
            return 0;
        }
        last++;
        connections.put(last, channel);
        return last;
    }

    private void relay(SocketChannel channel, int number, String agent) {
        ByteBuffer buffer = ByteBuffer.allocate(PIECE);
        try (channel) {
            while (channel.read(buffer.clear()) >= 0) {
                byte[] bytes = new byte[buffer.flip().remaining()];
                buffer.get(bytes);
                peer.accept(number, agent, bytes, false);
            }
        } catch (IOException e) {
            log.atDebug().addKeyValue("connection", number).setCause(e).log("agent's user left");
        } finally {
            synchronized (this) {
                connections.remove(number);
            }
            peer.accept(number, agent, new byte[0], true);
        }
    }
}
