package io.gantry.cri.streaming;

import io.gantry.base.error.UnavailableException;
import io.gantry.cri.streaming.session.StreamRequest;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/** A port that stands for one in a pod: what is dialled is accepted here. */
final class LocalPort implements StreamRequest.Dialer, AutoCloseable {

    /** Nobody listens there. */
    static final int CLOSED = 1;

    private final ServerSocketChannel server;

    LocalPort() throws IOException {
        Epoll.ensureAvailability();
        server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    }

    /** The other end of what was dialled. */
    java.net.Socket accept() throws IOException {
        java.net.Socket accepted = server.accept().socket();
        accepted.setSoTimeout(60_000);
        return accepted;
    }

    @Override
    public int dial(int port) {
        if (port == CLOSED) {
            throw new UnavailableException("nobody listens");
        }
        Socket socket = Socket.newSocketStream();
        try {
            boolean connected = socket.connect(server.getLocalAddress());
            while (!connected) {
                connected = socket.finishConnect();
            }
            return socket.intValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
