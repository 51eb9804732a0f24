package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.metrics.CallTimes;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's gRPC server on a unix socket of mode 0660. Serves the services that it is given,
 * health and reflection. Started and stopped once.
 */
public final class GrpcServer {

    /** The kubelet takes 16 MiB; a client of ours may send as much. */
    private static final int MAX_MESSAGE_BYTES = 32 << 20;

    private static final String SOCKET_MODE = "rw-rw----";
    private static final Duration FORCED = Duration.ofSeconds(1);

    private final Path socket;
    private final List<ServerServiceDefinition> services;
    private final ReadinessGate gate = new ReadinessGate();
    private final CallTimes times;
    private final Clock clock;
    private final HealthStatusManager health = new HealthStatusManager();
    private final ExecutorService calls = Tasks.perTask("call");
    private @Nullable EventLoopGroup loop;
    private @Nullable Server server;

    /**
     * Nothing is opened yet.
     *
     * @param times is told of every call
     */
    public GrpcServer(Path socket, GrpcServices services, CallTimes times, Clock clock) {
        this.socket = socket;
        this.times = times;
        this.services = services.definitions();
        this.clock = clock;
    }

    /**
     * Listens. A socket file that a dead daemon left is replaced.
     *
     * @throws FailedPreconditionException when somebody serves there already, or the path is taken
     *     by something that is no socket
     */
    public void start() throws IOException {
        checkFree();
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
        // Bound under another name and renamed: nobody connects before the mode is right.
        Path bound = socket.resolveSibling("." + ProcessHandle.current().pid());
        Files.deleteIfExists(bound);
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("grpc", true), EpollIoHandler.newFactory());
        loop = group;
        server = build(bound, group).start();
        Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString(SOCKET_MODE));
        Files.move(bound, socket, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Lets calls through: everything is ready. */
    public void serve() {
        gate.open();
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
    }

    /** Takes no more calls, lets those under way end within {@code grace}, then cuts them off. */
    public void stop(Duration grace) throws InterruptedException {
        gate.close();
        health.enterTerminalState();
        Server running = server;
        if (running != null) {
            running.shutdown();
            if (!running.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                running.shutdownNow();
                running.awaitTermination(FORCED.toMillis(), TimeUnit.MILLISECONDS);
            }
            deleteSocket();
        }
        if (loop != null) {
            Future<?> _ = loop.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
        }
        calls.shutdownNow();
    }

    private Server build(Path bound, EventLoopGroup group) {
        NettyServerBuilder builder =
                NettyServerBuilder.forAddress(new DomainSocketAddress(bound.toString()))
                        .channelType(EpollServerDomainSocketChannel.class)
                        .bossEventLoopGroup(group)
                        .workerEventLoopGroup(group)
                        .executor(calls)
                        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                        .addService(health.getHealthService())
                        .addService(ProtoReflectionServiceV1.newInstance());
        intercepted(services, gate, new CallLog(clock, times)).forEach(builder::addService);
        return builder.build();
    }

    /** Each service behind the log and the gate. */
    static List<ServerServiceDefinition> intercepted(
            List<ServerServiceDefinition> services, ReadinessGate gate, CallLog log) {
        // The last one named is met first.
        return services.stream()
                .map(service -> ServerInterceptors.intercept(service, gate, log))
                .toList();
    }

    private void checkFree() throws IOException {
        if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (Files.isRegularFile(socket, LinkOption.NOFOLLOW_LINKS) || Files.isDirectory(socket)) {
            throw new FailedPreconditionException(
                    "cannot listen on " + socket + ": something that is no socket is there");
        }
        try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            throw new FailedPreconditionException(
                    "cannot listen on " + socket + ": another process serves there");
        } catch (IOException dead) {
            // Nobody listens; the rename replaces it.
        }
    }

    private void deleteSocket() {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UnavailableException("cannot remove " + socket, e);
        }
    }
}
