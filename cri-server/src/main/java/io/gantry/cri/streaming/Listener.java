package io.gantry.cri.streaming;

import io.gantry.cri.streaming.session.StreamRequest;
import io.gantry.cri.streaming.token.PendingRequests;
import io.gantry.cri.streaming.wire.Farewell;
import io.gantry.cri.streaming.wire.Wire;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The socket that clients connect to, and all their connections. */
final class Listener implements AutoCloseable {

    private static final int BACKLOG = 1024;

    /** A client that is gone without a word is noticed within two minutes. */
    private static final int KEEP_ALIVE_IDLE = 60;

    private static final int KEEP_ALIVE_INTERVAL = 15;
    private static final int KEEP_ALIVE_PROBES = 4;

    private static final WriteBufferWaterMark UNSENT =
            new WriteBufferWaterMark(128 << 10, 256 << 10);

    private static final int MAX_LINE = 2048;
    private static final int MAX_HEADERS = 16 << 10;

    /** Of connections that have asked for nothing yet; with one more the oldest goes. */
    private static final int MAX_SILENT = 1000;

    /** How long a request may take, unless streams have to be there sooner. */
    private static final Duration SILENT = Duration.ofSeconds(10);

    private final EventLoopGroup loop;
    private final ChannelGroup connections;
    private final StreamingSettings settings;
    private final PendingRequests<StreamRequest> pending;
    private final @Nullable SslContext tls;
    private final Deque<Channel> silent = new ArrayDeque<>();
    private @Nullable Channel server;

    private Listener(
            StreamingSettings settings,
            PendingRequests<StreamRequest> pending,
            @Nullable SslContext tls,
            EventLoopGroup loop) {
        this.settings = settings;
        this.pending = pending;
        this.tls = tls;
        this.loop = loop;
        this.connections = new DefaultChannelGroup(loop.next());
    }

    /**
     * Listens.
     *
     * @param loop of one thread; ends after the listener is closed
     * @throws IOException when the address is not to be had, or the certificate is none
     */
    static Listener open(
            StreamingSettings settings, PendingRequests<StreamRequest> pending, EventLoopGroup loop)
            throws IOException {
        Listener listener = new Listener(settings, pending, tls(settings), loop);
        try {
            listener.bind();
            return listener;
        } catch (IOException e) {
            listener.close();
            throw e;
        }
    }

    /** Scheme, address and port, as a client on this machine reaches it. */
    String url() {
        if (server == null || !(server.localAddress() instanceof InetSocketAddress bound)) {
            throw new IllegalStateException("not bound");
        }
        InetAddress address = bound.getAddress();
        String host = address.isAnyLocalAddress() ? "127.0.0.1" : address.getHostAddress();
        String literal = host.contains(":") ? "[" + host + "]" : host;
        return (tls == null ? "http" : "https") + "://" + literal + ":" + bound.getPort();
    }

    /** Tells clients that they are to go, and closes their connections; soon, whatever they do. */
    @Override
    public void close() {
        if (server != null) {
            server.close().awaitUninterruptibly();
        }
        connections.forEach(
                channel -> channel.pipeline().fireUserEventTriggered(Farewell.DAEMON_STOPS));
        boolean _ =
                connections
                        .newCloseFuture()
                        .awaitUninterruptibly(Wire.PARTING_SECONDS, TimeUnit.SECONDS);
        connections.close().awaitUninterruptibly();
    }

    private void bind() throws IOException {
        var bound =
                new ServerBootstrap()
                        .group(loop)
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(EpollChannelOption.TCP_KEEPIDLE, KEEP_ALIVE_IDLE)
                        .childOption(EpollChannelOption.TCP_KEEPINTVL, KEEP_ALIVE_INTERVAL)
                        .childOption(EpollChannelOption.TCP_KEEPCNT, KEEP_ALIVE_PROBES)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNSENT)
                        .childHandler(
                                new ChannelInitializer<SocketChannel>() {
                                    @Override
                                    protected void initChannel(SocketChannel channel) {
                                        accepted(channel);
                                    }
                                })
                        .bind(InetAddress.getByName(settings.address()), settings.port())
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(bound.cause().getMessage(), bound.cause());
        }
        server = bound.channel();
    }

    private void accepted(SocketChannel channel) {
        connections.add(channel);
        admit(channel);
        if (tls != null) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
        }
        channel.pipeline()
                .addLast(
                        new IdleStateHandler(0, 0, settings.idle().toSeconds(), TimeUnit.SECONDS),
                        new IdleConnections(),
                        new HttpServerCodec(MAX_LINE, MAX_HEADERS, MAX_HEADERS),
                        new SmallRequests(),
                        new UpgradeHandler(settings, pending, () -> silent.remove(channel)));
    }

    /** Neither many clients that say nothing nor a slow one keep others out. */
    private void admit(SocketChannel channel) {
        if (silent.size() >= MAX_SILENT) {
            Future<?> _ = silent.remove().close();
        }
        silent.add(channel);
        Future<?> timer =
                channel.eventLoop()
                        .schedule(
                                () -> {
                                    if (silent.remove(channel)) {
                                        Future<?> _ = channel.close();
                                    }
                                },
                                Math.min(SILENT.toMillis(), settings.creation().toMillis()),
                                TimeUnit.MILLISECONDS);
        channel.closeFuture()
                .addListener(
                        closed -> {
                            timer.cancel(false);
                            silent.remove(channel);
                        });
    }

    private static @Nullable SslContext tls(StreamingSettings settings) throws IOException {
        if (settings.tls().isEmpty()) {
            return null;
        }
        StreamingSettings.Tls files = settings.tls().get();
        try {
            return SslContextBuilder.forServer(files.certificate().toFile(), files.key().toFile())
                    .build();
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "no certificate and key in "
                            + files.certificate()
                            + " and "
                            + files.key()
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
