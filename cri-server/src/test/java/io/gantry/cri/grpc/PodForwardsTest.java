package io.gantry.cri.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.proto.engine.CreateContainerRequest;
import io.gantry.proto.engine.CreateContainerResponse;
import io.gantry.proto.engine.EngineGrpc;
import io.gantry.proto.engine.FindPodRequest;
import io.gantry.proto.engine.ForwardRequest;
import io.gantry.proto.engine.ForwardResponse;
import io.gantry.proto.engine.Pod;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.BlockingClientCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pods by name, and connections to their ports, which are ports of this machine here. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class PodForwardsTest {

    private static final Deadline NEVER = Deadline.never(Clock.SYSTEM);

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private ServerSocket port;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        port = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    }

    @AfterEach
    void stop() throws IOException {
        port.close();
        daemon.close();
    }

    @Test
    void aPodIsFoundByItsIdItsNameAndItsContainer() {
        CreateContainerResponse own = create("web");
        PodSandboxId pod = run("db", "u1");

        assertThat(find("web").getId()).isEqualTo(own.getPodId());
        assertThat(find(own.getPodId().substring(0, 12)).getId()).isEqualTo(own.getPodId());
        assertThat(find(own.getId().substring(0, 12)).getId()).isEqualTo(own.getPodId());
        assertThat(find("web").getContainers()).isOne();
        assertThat(find("db").getId()).isEqualTo(pod.value());
        assertThat(find("ns/db").getId()).isEqualTo(pod.value());
        assertThat(find("db").getReady()).isTrue();
    }

    @Test
    void ofPodsWithOneNameTheReadyOneIsMeant() {
        PodSandboxId first = run("db", "u1");
        PodSandboxId second = run("db", "u2");
        assertThat(failure("db").getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure("db").getDescription())
                .isEqualTo("\"db\" fits 2 pods: give more of the id");

        daemon.pods.stop(first.value(), NEVER);
        assertThat(find("db").getId()).isEqualTo(second.value());
        daemon.pods.stop(second.value(), NEVER);
        assertThat(failure("db").getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void aPodThatIsNotThereIsNamed() {
        assertThat(failure("nobody").getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(failure("nobody").getDescription()).isEqualTo("no pod or container \"nobody\"");
        assertThat(failure("").getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void eachDirectionEndsByItself() throws Exception {
        var call = open(create("web").getPodId(), port.getLocalPort());
        try (Socket accepted = port.accept()) {
            assertThat(call.read().hasConnected()).isTrue();
            byte[] sent = "x".repeat(1_000_000).getBytes(UTF_8);
            Thread writer =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            call.write(data(ByteString.copyFrom(sent)));
                                            call.halfClose();
                                        } catch (StatusException | InterruptedException e) {
                                            throw new IllegalStateException(e);
                                        }
                                    });
            assertThat(accepted.getInputStream().readAllBytes()).isEqualTo(sent);
            writer.join();
            accepted.getOutputStream().write("answer".getBytes(UTF_8));
        }
        assertThat(readToEnd(call)).isEqualTo("answer");
        assertThat(call.read()).isNull();
    }

    @Test
    void aClientMaySendAfterThePortHasSaidAll() throws Exception {
        var call = open(create("web").getPodId(), port.getLocalPort());
        try (Socket accepted = port.accept()) {
            assertThat(call.read().hasConnected()).isTrue();
            accepted.shutdownOutput();
            assertThat(readToEnd(call)).isEmpty();
            call.write(data(ByteString.copyFromUtf8("late")));
            call.halfClose();
            assertThat(new String(accepted.getInputStream().readAllBytes(), UTF_8))
                    .isEqualTo("late");
        }
        assertThat(call.read()).isNull();
    }

    @Test
    void aClientThatGoesBreaksTheConnection() throws Exception {
        var call = open(create("web").getPodId(), port.getLocalPort());
        try (Socket accepted = port.accept()) {
            assertThat(call.read().hasConnected()).isTrue();
            call.cancel("gone", null);
            assertThat(ended(accepted)).isTrue();
        }
    }

    @Test
    void aConnectionThatThePortResetsIsToldFromOneThatEnded() throws Exception {
        var call = open(create("web").getPodId(), port.getLocalPort());
        Socket accepted = port.accept();
        assertThat(call.read().hasConnected()).isTrue();
        accepted.setSoLinger(true, 0);
        accepted.close();
        StatusException broken = catchThrowableOfType(StatusException.class, call::read);
        assertThat(broken.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(broken.getStatus().getDescription())
                .startsWith("the connection to port " + port.getLocalPort() + " broke");
    }

    @Test
    void aPortOfNobodyIsTold() throws Exception {
        port.close();
        var call = open(create("web").getPodId(), port.getLocalPort());
        StatusException refused = catchThrowableOfType(StatusException.class, call::read);
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(refused.getStatus().getDescription()).contains("connect to 127.0.0.1:");
    }

    /** Whether nothing more comes: the end, or a reset. */
    private static boolean ended(Socket socket) throws IOException {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    private static String readToEnd(BlockingClientCall<ForwardRequest, ForwardResponse> call)
            throws StatusException, InterruptedException, IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ForwardResponse answer = call.read();
        while (!answer.hasEnd()) {
            answer.getData().writeTo(all);
            answer = call.read();
        }
        return all.toString(UTF_8);
    }

    private BlockingClientCall<ForwardRequest, ForwardResponse> open(String pod, int number)
            throws StatusException, InterruptedException {
        var call = EngineGrpc.newBlockingV2Stub(daemon.channel()).forward();
        call.write(
                ForwardRequest.newBuilder()
                        .setOpen(ForwardRequest.Open.newBuilder().setPod(pod).setPort(number))
                        .build());
        return call;
    }

    private static ForwardRequest data(ByteString bytes) {
        return ForwardRequest.newBuilder().setData(bytes).build();
    }

    private Pod find(String name) {
        return daemon.engine().findPod(FindPodRequest.newBuilder().setName(name).build()).getPod();
    }

    private Status failure(String name) {
        return catchThrowableOfType(StatusRuntimeException.class, () -> find(name)).getStatus();
    }

    private CreateContainerResponse create(String name) {
        return daemon.engine()
                .createContainer(
                        CreateContainerRequest.newBuilder()
                                .setImage(InProcessDaemon.IMAGE)
                                .setName(name)
                                .build());
    }

    private PodSandboxId run(String name, String uid) {
        return daemon.pods.run(
                PodOwner.CRI,
                PodSandboxConfig.of(new PodSandboxMetadata(name, uid, "ns", 0)),
                "",
                NEVER);
    }
}
