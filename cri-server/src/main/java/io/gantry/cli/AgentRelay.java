package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.base.Tasks;
import io.gantry.proto.build.AgentData;
import io.gantry.proto.build.BuildRequest;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Connects what a build says to an SSH agent with the agent that is here. Thread-safe. */
final class AgentRelay {

    private static final int PIECE = 32 << 10;

    private final Map<String, Path> sockets;
    private final Consumer<BuildRequest.Builder> daemon;
    private final Map<Integer, SocketChannel> connections = new HashMap<>();

    AgentRelay(Map<String, Path> sockets, Consumer<BuildRequest.Builder> daemon) {
        this.sockets = sockets;
        this.daemon = daemon;
    }

    void receive(AgentData data) {
        int number = data.getConnection();
        try {
            SocketChannel channel = connection(number, data.getAgent());
            ByteBuffer bytes = data.getData().asReadOnlyByteBuffer();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (data.getLast()) {
                drop(number);
            }
        } catch (IOException e) {
            drop(number);
            tell(number, ByteString.EMPTY, true);
        }
    }

    private synchronized SocketChannel connection(int number, String agent) throws IOException {
        SocketChannel known = connections.get(number);
        if (known != null) {
            return known;
        }
        Path socket = sockets.get(agent);
        if (socket == null) {
            throw new IOException("no agent " + agent);
        }
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        connections.put(number, channel);
        Tasks.start("agent-" + number, () -> pump(number, channel));
        return channel;
    }

    private void pump(int number, SocketChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocate(PIECE);
        try (channel) {
            while (channel.read(buffer.clear()) >= 0) {
                tell(number, ByteString.copyFrom(buffer.flip()), false);
            }
        } catch (IOException e) {
            // Closed from either side.
        }
        tell(number, ByteString.EMPTY, true);
    }

    private void tell(int number, ByteString bytes, boolean last) {
        AgentData.Builder data =
                AgentData.newBuilder().setConnection(number).setData(bytes).setLast(last);
        daemon.accept(BuildRequest.newBuilder().setAgent(data));
    }

    private synchronized void drop(int number) {
        SocketChannel channel = connections.remove(number);
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nobody is left to hear of it.
            }
        }
    }

    synchronized void close() {
        List.copyOf(connections.keySet()).forEach(this::drop);
    }
}
