package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gantry.base.Clock;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.cri.metrics.CallTimes;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.VersionRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over a real socket. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class GrpcServerTest {

    @TempDir Path dir;
    private Path socket;
    private InProcessDaemon daemon;
    private GrpcServer server;
    private EventLoopGroup loop;

    @BeforeEach
    void prepare() throws Exception {
        socket = dir.resolve("s.sock");
        daemon = new InProcessDaemon(dir);
        server = new GrpcServer(socket, daemon.services, new CallTimes(), Clock.SYSTEM);
        loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @AfterEach
    void stop() throws Exception {
        server.stop(Duration.ZERO);
        daemon.close();
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    }

    @Test
    void servesOnASocketForRootAndItsGroup() throws Exception {
        server.start();
        server.serve();
        ManagedChannel channel = connect();

        assertThat(version(channel)).isEqualTo("0.1.0");
        assertThat(Files.getPosixFilePermissions(socket))
                .isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
        assertThat(dir.toFile().list()).contains("s.sock").doesNotContain("." + pid());
        channel.shutdownNow();
    }

    @Test
    void aClientThatComesTooEarlyIsToldSo() throws Exception {
        server.start();
        ManagedChannel channel = connect();
        Status status =
                catchThrowableOfType(StatusRuntimeException.class, () -> version(channel))
                        .getStatus();

        assertThat(status.getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(status.getDescription()).isEqualTo("gantryd is starting");
        assertThat(health(channel)).isEqualTo(ServingStatus.NOT_SERVING);
        server.serve();
        assertThat(health(channel)).isEqualTo(ServingStatus.SERVING);
        channel.shutdownNow();
    }

    @Test
    void reflectionListsWhatIsServed() throws Exception {
        server.start();
        server.serve();
        ManagedChannel channel = connect();
        var call = ServerReflectionGrpc.newBlockingV2Stub(channel).serverReflectionInfo();
        call.write(ServerReflectionRequest.newBuilder().setListServices("").build());
        ServerReflectionResponse answer = call.read();

        assertThat(answer.getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains(
                        "runtime.v1.RuntimeService",
                        "runtime.v1.ImageService",
                        "gantry.engine.v1.Engine",
                        "grpc.health.v1.Health");
        call.halfClose();
        channel.shutdownNow();
    }

    @Test
    void theSocketOfADeadDaemonIsReplaced() throws Exception {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        server.start();
        server.serve();
        ManagedChannel channel = connect();

        assertThat(version(channel)).isEqualTo("0.1.0");
        channel.shutdownNow();
    }

    @Test
    void theSocketOfALiveDaemonIsLeftAlone() throws Exception {
        server.start();
        GrpcServer second = new GrpcServer(socket, daemon.services, new CallTimes(), Clock.SYSTEM);

        assertThatThrownBy(second::start)
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage("cannot listen on " + socket + ": another process serves there");
        assertThat(socket).exists();
    }

    @Test
    void aFileInThePlaceOfTheSocketIsNotDeleted() throws Exception {
        Files.writeString(socket, "precious");

        assertThatThrownBy(server::start)
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageEndingWith("something that is no socket is there");
        assertThat(socket).hasContent("precious");
    }

    @Test
    void stoppingTakesTheSocketAway() throws Exception {
        server.start();
        server.serve();
        server.stop(Duration.ofSeconds(1));

        assertThat(socket).doesNotExist();
    }

    private static String version(ManagedChannel channel) {
        return RuntimeServiceGrpc.newBlockingStub(channel)
                .version(VersionRequest.getDefaultInstance())
                .getVersion();
    }

    private static ServingStatus health(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }

    private ManagedChannel connect() {
        return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .channelType(EpollDomainSocketChannel.class)
                .eventLoopGroup(loop)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
    }

    private static String pid() {
        return Long.toString(ProcessHandle.current().pid());
    }
}
