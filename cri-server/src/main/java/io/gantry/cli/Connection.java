package io.gantry.cli;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** How the client reaches the daemon: HTTP/2 over a Unix socket, one event loop. */
final class Connection {

    /** As the kubelet's own bound: lists of a full node fit. */
    private static final int MAX_MESSAGE_BYTES = 16 << 20;

    /** What the names of its threads begin with. */
    static final String THREAD = "gantry-connection";

    private Connection() {}

    /**
     * Opens a channel; nothing is connected before the first call.
     *
     * @param address {@code unix:///path}, {@code unix:/path} or an absolute path
     */
    static ManagedChannel open(String address) {
        return NettyChannelBuilder.forAddress(new DomainSocketAddress(pathOf(address)))
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(
                        // Daemons: a client whose main thread fails must end, not wait for them.
                        new MultiThreadIoEventLoopGroup(
                                1,
                                new DefaultThreadFactory(THREAD, true),
                                EpollIoHandler.newFactory()))
                .overrideAuthority("localhost")
                .usePlaintext()
                .directExecutor()
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .keepAliveTime(Long.MAX_VALUE, TimeUnit.NANOSECONDS)
                .disableRetry()
                .build();
    }

    static String pathOf(String address) {
        String path = address;
        if (path.startsWith("unix:")) {
            path = path.substring("unix:".length());
            if (path.startsWith("///")) {
                path = path.substring(2);
            }
        }
        if (!path.startsWith("/") || path.startsWith("//")) {
            throw new UsageException(
                    "address '" + address + "' is not a Unix socket; use unix:///absolute/path");
        }
        return path;
    }
}
