package io.gantry.e2e.bench;

import io.gantry.proto.cri.ImageServiceGrpc;
import io.gantry.proto.cri.ImageServiceGrpc.ImageServiceBlockingStub;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A connection to one runtime; calls end after two minutes. */
final class Cri implements AutoCloseable {

    private static final int TIMEOUT_MINUTES = 2;

    private final MultiThreadIoEventLoopGroup events =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final DomainSocketAddress address;
    private final ManagedChannel channel;

    Cri(String socket) {
        this.address = new DomainSocketAddress(socket);
        this.channel =
                NettyChannelBuilder.forAddress(address)
                        .channelType(EpollDomainSocketChannel.class)
                        .eventLoopGroup(events)
                        .overrideAuthority("localhost")
                        .usePlaintext()
                        .directExecutor()
                        .maxInboundMessageSize(16 << 20)
                        .build();
    }

    RuntimeServiceBlockingStub runtime() {
        return RuntimeServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(TIMEOUT_MINUTES, TimeUnit.MINUTES);
    }

    ImageServiceBlockingStub images() {
        return ImageServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(TIMEOUT_MINUTES, TimeUnit.MINUTES);
    }

    /** Process that listens on the socket. */
    long serverPid() throws Exception {
        Bootstrap bootstrap =
                new Bootstrap()
                        .group(events)
                        .channel(EpollDomainSocketChannel.class)
                        .handler(new ChannelInboundHandlerAdapter());
        EpollDomainSocketChannel connection =
                (EpollDomainSocketChannel) bootstrap.connect(address).sync().channel();
        try {
            return connection.peerCredentials().pid();
        } finally {
            connection.close().sync();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        Future<?> _ = events.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
