package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.cri.config.ConfigLoader;
import io.gantry.cri.config.ConfigLoader.Flags;
import io.gantry.proto.cri.LinuxPodSandboxConfig;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole daemon against this machine, on directories of its own. */
@Tag("privileged")
class DaemonPrivilegedIT {

    private static final Path SHIM =
            Path.of("../isolation-linux/target/native/gantry-shim").toAbsolutePath().normalize();

    @TempDir Path dir;
    private EventLoopGroup loop;

    @BeforeEach
    void openLoop() {
        loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        assertThat(Files.readAllLines(Path.of("/proc/self/mountinfo")))
                .noneMatch(line -> line.contains(" " + dir + "/"));
        for (String name : List.of("a", "b")) {
            assertThat(cgroupsOf(name)).isEmpty();
        }
    }

    @Test
    void aPodOutlivesTheDaemonAndTheNextOneFindsIt() throws Exception {
        Daemon first = daemon("a");
        first.start();
        String id;
        try (Client client = new Client(socket("a"))) {
            id = client.run("web");
            assertThat(client.state(id)).isEqualTo(PodSandboxState.SANDBOX_READY);
        } finally {
            first.stop();
        }
        assertThat(socket("a")).doesNotExist();
        assertThat(cgroupsOf("a")).isNotEmpty();

        Daemon second = daemon("a");
        second.start();
        try (Client client = new Client(socket("a"))) {
            assertThat(client.state(id)).isEqualTo(PodSandboxState.SANDBOX_READY);
            client.remove(id);
            assertThat(client.pods()).isZero();
        } finally {
            second.stop();
        }
    }

    @Test
    void daemonsOnDifferentDirectoriesLiveSideBySide() throws Exception {
        Daemon a = daemon("a");
        Daemon b = daemon("b");
        a.start();
        try {
            b.start();
            try (Client clientA = new Client(socket("a"));
                    Client clientB = new Client(socket("b"))) {
                String pod = clientA.run("web");
                assertThat(clientB.pods()).isZero();
                String other = clientB.run("web");
                b.stop();
                b = daemon("b");
                b.start();
                assertThat(clientA.state(pod)).isEqualTo(PodSandboxState.SANDBOX_READY);
                clientA.remove(pod);
                try (Client again = new Client(socket("b"))) {
                    assertThat(again.state(other)).isEqualTo(PodSandboxState.SANDBOX_READY);
                    again.remove(other);
                }
            }
        } finally {
            b.stop();
            a.stop();
        }
    }

    @Test
    void aSecondDaemonOnTheSameDirectoriesIsTurnedAway() throws Exception {
        Daemon first = daemon("a");
        first.start();
        try {
            assertThatThrownBy(daemon("a")::start)
                    .isInstanceOf(FailedPreconditionException.class)
                    .hasMessageStartingWith("another gantryd (pid ");
            try (Client client = new Client(socket("a"))) {
                assertThat(client.pods()).isZero();
            }
        } finally {
            first.stop();
        }
    }

    @Test
    void aStartThatFailsLetsGoOfEverything() throws Exception {
        Files.createDirectories(dir.resolve("a/state"));
        Files.writeString(socket("a"), "not a socket");
        Daemon failing = daemon("a");
        assertThatThrownBy(failing::start).isInstanceOf(FailedPreconditionException.class);

        Files.delete(socket("a"));
        Daemon next = daemon("a");
        next.start();
        next.stop();
    }

    private Daemon daemon(String name) throws IOException {
        Path home = Files.createDirectories(dir.resolve(name));
        Path config = home.resolve("config.toml");
        Files.writeString(config, "[cni]\nconf_dir = \"" + home + "/no-network\"\n");
        return new Daemon(
                ConfigLoader.load(
                        new Flags(config, home.resolve("root"), home.resolve("state"), null, null)),
                SHIM,
                "1.0.0",
                Clock.SYSTEM);
    }

    private Path socket(String name) {
        return dir.resolve(name).resolve("state/gantry.sock");
    }

    private List<Path> cgroupsOf(String name) throws IOException {
        String group = ParentCgroup.name(dir.resolve(name).resolve("root"));
        Path root = Path.of("/sys/fs/cgroup");
        try (var hierarchies = Files.list(root)) {
            // Not a walk, which stumbles over groups of others that vanish meanwhile.
            return Stream.concat(Stream.of(root), hierarchies)
                    .map(hierarchy -> hierarchy.resolve(group))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    private final class Client implements AutoCloseable {

        private final ManagedChannel channel;
        private final RuntimeServiceGrpc.RuntimeServiceBlockingStub cri;

        Client(Path socket) {
            channel =
                    NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                            .channelType(EpollDomainSocketChannel.class)
                            .eventLoopGroup(loop)
                            .overrideAuthority("localhost")
                            .usePlaintext()
                            .build();
            cri =
                    RuntimeServiceGrpc.newBlockingStub(channel)
                            .withDeadlineAfter(60, TimeUnit.SECONDS);
        }

        String run(String name) {
            return cri.runPodSandbox(
                            RunPodSandboxRequest.newBuilder()
                                    .setConfig(
                                            PodSandboxConfig.newBuilder()
                                                    .setMetadata(
                                                            PodSandboxMetadata.newBuilder()
                                                                    .setName(name)
                                                                    .setNamespace("default")
                                                                    .setUid("uid"))
                                                    .setLinux(
                                                            LinuxPodSandboxConfig
                                                                    .getDefaultInstance()))
                                    .build())
                    .getPodSandboxId();
        }

        PodSandboxState state(String id) {
            return cri.podSandboxStatus(
                            PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build())
                    .getStatus()
                    .getState();
        }

        void remove(String id) {
            assertThat(
                            cri.removePodSandbox(
                                    RemovePodSandboxRequest.newBuilder()
                                            .setPodSandboxId(id)
                                            .build()))
                    .isNotNull();
        }

        int pods() {
            return cri.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsCount();
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }
}
